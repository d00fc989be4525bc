// What the names of containers lead to.

#include "providers/docker/container_names.h"

#include <gtest/gtest.h>

namespace gatehouse::docker {
namespace {

// Follows a ContainerNames as whoever looks names up does.
class ContainerNamesTest : public testing::Test {
protected:
    // Of Compose: lab-web-1 is an instance of the service "web" of the project "lab".
    static model::ContainerFacts instance(const std::string& project, const std::string& service,
                                          const std::string& number, const std::string& address) {
        model::ContainerFacts facts;
        facts.id = facts.name = project + "-" + service + "-" + number;
        facts.labels = {{"com.docker.compose.project", project}, {"com.docker.compose.service", service}};
        facts.running = true;
        facts.networks = {{project + "_default", "id of " + project, address, "", {service}}};
        return facts;
    }
    void take(const model::ContainerFacts& facts) { told(names_.take(facts.id, &facts)); }
    void gone(const std::string& id) { told(names_.take(id, nullptr)); }
    void told(std::vector<NameChange> changes) {
        for (NameChange& change : changes) {
            ++changes_;
            if (change.is_ambiguous) ++ambiguous_;
            known_[change.name] = std::move(change.addresses);
        }
    }
    // "10.0.0.1 10.0.0.2", "nobody", or "unknown".
    std::string where(const std::string& name) {
        const auto found = known_.find(name);
        if (found == known_.end() || !found->second) return "unknown";
        std::string text;
        for (const auto& address : *found->second) text += (text.empty() ? "" : " ") + address.ip_text();
        return text.empty() ? "nobody" : text;
    }

    ContainerNames names_;
    std::map<std::string, std::optional<std::vector<SocketAddress>>> known_;
    int changes_ = 0, ambiguous_ = 0;
};

TEST_F(ContainerNamesTest, are_those_of_the_container_its_service_and_its_aliases) {
    auto facts = instance("lab", "web", "1", "10.0.0.1");
    facts.networks[0].aliases.push_back("Front");
    take(facts);
    for (const char* name : {"lab-web-1", "web", "front", "web.lab_default", "front.lab_default"})
        EXPECT_EQ(where(name), "10.0.0.1") << name;
    EXPECT_EQ(where("lab"), "unknown");
}

TEST_F(ContainerNamesTest, lead_to_all_instances_that_run) {
    take(instance("lab", "web", "1", "10.0.0.1"));
    take(instance("lab", "web", "2", "10.0.0.2"));
    EXPECT_EQ(where("web"), "10.0.0.1 10.0.0.2");
    auto stopping = instance("lab", "web", "1", "10.0.0.1");
    stopping.stopping = true;
    take(stopping);
    EXPECT_EQ(where("web"), "10.0.0.2");
    auto paused = instance("lab", "web", "2", "10.0.0.2");
    paused.paused = true;
    take(paused);
    EXPECT_EQ(where("web"), "nobody");
    gone("lab-web-1");
    gone("lab-web-2");
    EXPECT_EQ(where("web"), "unknown");
}

TEST_F(ContainerNamesTest, of_containers_that_never_ran_are_left_to_name_servers) {
    auto facts = instance("lab", "web", "1", "");
    facts.running = false;
    take(facts);
    EXPECT_EQ(where("web"), "unknown");
}

TEST_F(ContainerNamesTest, lead_to_unhealthy_ones_only_where_there_is_no_other) {
    auto sick = instance("lab", "web", "1", "10.0.0.1");
    sick.health = "unhealthy";
    take(sick);
    EXPECT_EQ(where("web"), "10.0.0.1");
    auto sound = instance("lab", "web", "2", "10.0.0.2");
    sound.health = "healthy";
    take(sound);
    EXPECT_EQ(where("web"), "10.0.0.2");
}

TEST_F(ContainerNamesTest, of_several_projects_lead_nowhere_unless_we_share_a_network_with_one) {
    take(instance("lab", "web", "1", "10.0.0.1"));
    take(instance("shop", "web", "1", "10.1.0.1"));
    EXPECT_EQ(where("web"), "unknown");
    EXPECT_EQ(ambiguous_, 1);
    EXPECT_EQ(where("web.shop_default"), "10.1.0.1");
    told(names_.use_networks({{"id of shop", "shop_default"}}));
    take(instance("lab", "web", "1", "10.0.0.1"));
    take(instance("shop", "web", "1", "10.1.0.1"));
    EXPECT_EQ(where("web"), "10.1.0.1");
    EXPECT_EQ(where("lab-web-1"), "unknown");
}

TEST_F(ContainerNamesTest, are_forgotten_with_the_networks) {
    take(instance("lab", "web", "1", "10.0.0.1"));
    told(names_.use_networks({}));
    EXPECT_EQ(where("web"), "unknown");
}

TEST_F(ContainerNamesTest, take_the_place_of_others_only_where_that_is_asked_for) {
    auto facts = instance("lab", "localhost", "1", "10.0.0.1");
    facts.networks[0].aliases = {"api.example.com", "a b", "x"};
    take(facts);
    for (const char* name : {"localhost", "api.example.com", "a b"})
        EXPECT_EQ(where(name), "unknown") << name;
    told(names_.use_networks({{"id of lab", "lab_default"}}));
    take(facts);
    EXPECT_EQ(where("api.example.com"), "10.0.0.1") << "as Docker's own name server has it there";
    EXPECT_EQ(where("localhost"), "unknown");
}

TEST_F(ContainerNamesTest, tell_only_what_changed) {
    take(instance("lab", "web", "1", "10.0.0.1"));
    const int before = changes_;
    auto facts = instance("lab", "web", "1", "10.0.0.1");
    facts.labels["other"] = "x";
    take(facts);
    EXPECT_EQ(changes_, before);
}

}   // namespace
}   // namespace gatehouse::docker

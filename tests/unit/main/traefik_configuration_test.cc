// A start as Traefik is started, up to the first model.

#include "main/traefik_configuration.h"

#include <gtest/gtest.h>

namespace gatehouse::process {
namespace {

TraefikReading read_with_file(const std::string& dynamic) {
    nginx::MemoryFiles files;
    files.add("/dynamic.yml", dynamic);
    TraefikOptions options;
    options.arguments = {"--entrypoints.web.address=127.0.0.1:8000",
                         "--providers.file.filename=/dynamic.yml"};
    return read_traefik(files, options);
}

bool is_said(const TraefikReading& reading, std::string_view text) {
    for (const auto& remark : reading.remarks.items()) {
        if (remark.message.find(text) != std::string::npos) return true;
    }
    return false;
}

TEST(traefik_configuration, says_which_routers_of_a_file_are_not_served) {
    const auto reading =
        read_with_file("http:\n  routers:\n    lost:\n      rule: Host(`a.test`)\n      service: nowhere\n");
    ASSERT_TRUE(reading.model);
    EXPECT_TRUE(is_said(reading, "router lost@file is not served: service \"nowhere@file\" does not exist"));
}

TEST(traefik_configuration, says_nothing_of_what_is_served) {
    const auto reading = read_with_file(
        "http:\n  routers:\n    app:\n      rule: Host(`a.test`)\n      service: app\n"
        "  services:\n    app:\n      loadBalancer:\n        servers:\n          - url: "
        "http://127.0.0.1:9000\n");
    ASSERT_TRUE(reading.model);
    EXPECT_FALSE(is_said(reading, "app@file"));
    ASSERT_EQ(reading.model->listeners.size(), 1U);
    EXPECT_EQ(reading.model->listeners[0].text, "127.0.0.1:8000");
}

}   // namespace
}   // namespace gatehouse::process

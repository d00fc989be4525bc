#include "templates.h"

#include "files.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace gatehouse::image {
namespace {

const Environment some = {{"HOST", "api"}, {"PORT", "8080"}, {"EMPTY", ""}, {"_x1", "$HOST"}};

TEST(image_templates, both_forms_of_known_names_are_filled_in) {
    EXPECT_EQ(fill_in("http://$HOST:${PORT}/$HOST", some), "http://api:8080/api");
    EXPECT_EQ(fill_in("[$EMPTY${EMPTY}]", some), "[]");
    EXPECT_EQ(fill_in("$HOST", some), "api");
}

TEST(image_templates, what_the_environment_does_not_have_stays) {
    for (const char* text :
         {"$host ${uri} $HOSTS $", "$$", "${HOST", "${}", "$1HOST", "${HO-ST}", "${1}", ""})
        EXPECT_EQ(fill_in(text, some), text);
    EXPECT_EQ(fill_in("$$HOST ${PORT$PORT", some), "$api ${PORT8080");
}

TEST(image_templates, values_are_not_filled_in_again) { EXPECT_EQ(fill_in("$_x1", some), "$HOST"); }

TEST(image_templates, a_filter_chooses_names) {
    const auto kept = filtered(some, "^(HO|PO)");
    ASSERT_TRUE(kept);
    EXPECT_EQ(kept->size(), 2U);
    EXPECT_EQ(filtered(some, "")->size(), some.size());
    EXPECT_FALSE(filtered(some, "("));
}

TEST(image_templates, name_servers_are_listed_as_nginx_takes_them) {
    EXPECT_EQ(name_servers("# nameserver 1.1.1.1\nnameserver 127.0.0.11\noptions ndots:0\n"
                           "nameserver\tfd00::1\nnameservers 2.2.2.2\nnameserver\n"),
              "127.0.0.11 [fd00::1]");
    EXPECT_EQ(name_servers(""), "");
}

class Folders : public testing::Test {
protected:
    Folders() {
        char pattern[] = "/tmp/gatehouse-templates-XXXXXX";
        root = ::mkdtemp(pattern);
        std::filesystem::create_directories(root + "/in/deep");
        environment = {{"PORT", "81"},
                       {"NGINX_ENVSUBST_TEMPLATE_DIR", root + "/in"},
                       {"NGINX_ENVSUBST_OUTPUT_DIR", root + "/out"},
                       {"NGINX_ENVSUBST_STREAM_OUTPUT_DIR", root + "/stream"}};
        write("nginx.conf", "events {}\n");
    }
    ~Folders() override { std::filesystem::remove_all(root); }
    void write(const std::string& name, const std::string& text) { std::ofstream(root + "/" + name) << text; }
    [[nodiscard]] std::string text(const std::string& name) const {
        return read_file(root + "/" + name).value_or("absent");
    }
    tl::expected<void, std::string> make() {
        return make_from_templates(environment, root + "/nginx.conf",
                                   [this](std::string sentence) { said.push_back(std::move(sentence)); });
    }
    std::string root;
    Environment environment;
    std::vector<std::string> said;
};

TEST_F(Folders, templates_become_files_also_in_folders) {
    write("in/default.conf.template", "listen ${PORT}; # $host\n");
    write("in/deep/more.conf.template", "$PORT");
    write("in/other.conf", "$PORT");
    ASSERT_TRUE(make());
    EXPECT_EQ(text("out/default.conf"), "listen 81; # $host\n");
    EXPECT_EQ(text("out/deep/more.conf"), "81");
    EXPECT_EQ(text("out/other.conf"), "absent");
    EXPECT_EQ(said.size(), 2U);
    EXPECT_EQ(text("nginx.conf"), "events {}\n");
}

TEST_F(Folders, stream_templates_bring_a_stream_block_once) {
    write("in/a.conf.stream-template", "$PORT");
    ASSERT_TRUE(make());
    EXPECT_EQ(text("stream/a.conf"), "81");
    const std::string once = text("nginx.conf");
    EXPECT_NE(once.find("stream {\n    include " + root + "/stream/*.conf;\n}"), std::string::npos);
    ASSERT_TRUE(make());
    EXPECT_EQ(text("nginx.conf"), once);
    EXPECT_NE(said.back().find("a stream block of its own"), std::string::npos);
}

TEST_F(Folders, a_bad_filter_and_an_output_in_the_way_are_errors) {
    write("in/default.conf.template", "");
    std::filesystem::create_directories(root + "/out/default.conf");
    EXPECT_FALSE(make());
    environment["NGINX_ENVSUBST_FILTER"] = "[";
    EXPECT_NE(make().error().find("NGINX_ENVSUBST_FILTER"), std::string::npos);
}

TEST_F(Folders, no_templates_and_no_folder_are_no_error) {
    ASSERT_TRUE(make());
    environment["NGINX_ENVSUBST_TEMPLATE_DIR"] = root + "/absent";
    ASSERT_TRUE(make());
    EXPECT_TRUE(said.empty());
    EXPECT_FALSE(std::filesystem::exists(root + "/out"));
}

}   // namespace
}   // namespace gatehouse::image

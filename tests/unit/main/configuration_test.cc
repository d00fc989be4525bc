#include "main/configuration.h"

#include "main/preparation.h"

#include <gtest/gtest.h>

namespace gatehouse::process {
namespace {

// Files that nobody may read after the keeper has.
nginx::MemoryFiles disk() {
    nginx::MemoryFiles files;
    files.add(
        "/site/nginx.conf",
        "events { }\nhttp { include mime.types; access_log a.log; error_log e.log;\ninclude conf.d/*.conf; "
        "include none/*.conf; }\n");
    files.add("/site/conf.d/a.conf",
              "server { listen 8080; location / { access_log b.log; return 204; } }\n");
    files.add("/site/conf.d/b.conf", "server { listen 8081; access_log off; }\n");
    return files;
}

FaceOptions options() {
    CommandLine line;
    line.prefix = "/site/";
    line.config = "nginx.conf";
    return face_options(line);
}

TEST(configuration, the_gateway_reads_from_the_record_what_the_keeper_read_from_the_disk) {
    nginx::MemoryFiles files = disk();
    RecordingFiles recording(files);
    const Configuration first = read_configuration(recording, options());
    ASSERT_TRUE(first.model);
    const FileRecord record = recording.take();
    EXPECT_EQ(record.texts.size(), 3U) << "mime.types does not exist: the built-in one is used";
    RecordedFiles recorded(record);
    const Configuration second = read_configuration(recorded, options());
    ASSERT_TRUE(second.model);
    EXPECT_EQ(second.document.sources.dump(), first.document.sources.dump());
    ASSERT_EQ(second.model->listeners.size(), 2U);
    EXPECT_EQ(second.model->listeners[1].text, first.model->listeners[1].text);
}

TEST(configuration, every_log_is_named_once) {
    nginx::MemoryFiles files = disk();
    const Configuration configuration = read_configuration(files, options());
    ASSERT_TRUE(configuration.model);
    const auto paths = log_paths(*configuration.model);
    EXPECT_EQ(paths, (std::vector<std::string>{"/site/a.log", "/site/b.log", "/site/e.log", "stderr"}));
}

TEST(configuration, without_a_folder_for_logs_the_starter_sees_them) {
    nginx::MemoryFiles files;
    files.add("/site/nginx.conf", "server { listen 8080; }\n");
    const Configuration configuration = read_configuration(files, options());
    ASSERT_TRUE(configuration.model);
    EXPECT_EQ(log_paths(*configuration.model), (std::vector<std::string>{"/dev/stdout", "stderr"}));
}

}   // namespace
}   // namespace gatehouse::process

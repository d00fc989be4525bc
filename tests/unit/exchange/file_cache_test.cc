#include "exchange/handlers/file_cache.h"

#include <gtest/gtest.h>

#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <string>

namespace gatehouse::exchange {
namespace {

using namespace std::chrono_literals;

class FileCacheTest : public testing::Test {
protected:
    FileCacheTest() {
        path_ = testing::TempDir() + "gatehouse-file-XXXXXX";
        const int fd = ::mkstemp(path_.data());
        EXPECT_EQ(::write(fd, "text", 4), 4);
        ::close(fd);
        settings_.open_file_cache = {
            .max = 10, .inactive = 60s, .valid = 3600s, .min_uses = 2, .errors = false};
    }
    ~FileCacheTest() override { ::unlink(path_.c_str()); }

    [[nodiscard]] std::shared_ptr<const OpenFile> open(std::chrono::seconds at) {
        const FileInfo info = cache_.open(path_, settings_, {}, loop::TimePoint(at));
        EXPECT_EQ(info.error, 0);
        EXPECT_EQ(info.bytes, 4U);
        EXPECT_NE(info.file, nullptr);
        return info.file;
    }

    std::string path_;
    model::FileSettings settings_;
    FileCache cache_;
};

TEST_F(FileCacheTest, a_file_is_kept_open_from_its_first_use_on) {
    settings_.open_file_cache.min_uses = 1;
    const auto first = open(0s);
    EXPECT_EQ(open(1s), first);
}

TEST_F(FileCacheTest, a_file_is_kept_open_from_min_uses_on) {
    const auto first = open(0s);
    EXPECT_EQ(first.use_count(), 1);   // nobody else has it
    const auto second = open(1s);
    EXPECT_NE(second, first);
    EXPECT_EQ(open(2s), second);
}

TEST_F(FileCacheTest, uses_are_counted_anew_after_a_time_without_any) {
    static_cast<void>(open(0s));
    const auto late = open(100s);
    EXPECT_EQ(late.use_count(), 1);
    const auto soon = open(110s);
    EXPECT_EQ(open(120s), soon);
}

TEST_F(FileCacheTest, a_file_that_is_gone_is_no_longer_served_once_it_is_looked_at_again) {
    settings_.open_file_cache.valid = 10s;
    static_cast<void>(open(0s));
    static_cast<void>(open(1s));
    ::unlink(path_.c_str());
    EXPECT_EQ(cache_.open(path_, settings_, {}, loop::TimePoint(5s)).error, 0);
    EXPECT_EQ(cache_.open(path_, settings_, {}, loop::TimePoint(20s)).error, ENOENT);
}

}   // namespace
}   // namespace gatehouse::exchange

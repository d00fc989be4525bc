#include "log/error_log.h"

#include "log/log_writer.h"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <regex>

namespace gatehouse::log {
namespace {

std::shared_ptr<const model::ErrorLog> error_log(std::string path, LogLevel level) {
    return std::make_shared<model::ErrorLog>(model::ErrorLog{{}, std::move(path), level});
}

// An error log whose other end the test reads.
class Capture {
public:
    Capture(LogWriter& writer, const std::string& path) : writer_(writer) {
        EXPECT_EQ(::pipe2(ends_.data(), O_CLOEXEC | O_NONBLOCK), 0);
        writer.open(path, ends_[1]);
    }
    ~Capture() { ::close(ends_[0]); }
    std::string text() {
        writer_.flush();
        std::string all(65536, '\0');
        const ssize_t count = ::read(ends_[0], all.data(), all.size());
        all.resize(count < 0 ? 0 : static_cast<std::size_t>(count));
        return all;
    }

private:
    LogWriter& writer_;
    std::array<int, 2> ends_{};
};

class ErrorLogTest : public testing::Test {
protected:
    ErrorLogTest() { set_error_log_writer(&writer); }
    ~ErrorLogTest() override {
        set_error_log_writer(nullptr);
        set_process_error_logs({});
    }
    LogWriter writer;
};

TEST(error_log, writes_nginx_line_format) {
    const std::string line =
        format_error_line(LogLevel::error, 42, "open() \"/x\" failed (2: No such file or directory)");
    EXPECT_TRUE(std::regex_match(
        line,
        std::regex(
            R"(\d{4}/\d\d/\d\d \d\d:\d\d:\d\d \[error\] \d+#\d+: \*42 open\(\) "/x" failed \(2: .*\)\n)")))
        << line;
    const std::string prefix = std::to_string(::getpid()) + "#" + std::to_string(::gettid()) + ": text\n";
    EXPECT_TRUE(format_error_line(LogLevel::notice, 0, "text").ends_with(" [notice] " + prefix));
}

TEST(error_log, a_line_cannot_be_broken_by_what_a_client_sent) {
    const std::string line = format_error_line(LogLevel::info, 1, "a\r\n2026/01/01 [emerg] forged\x7f");
    EXPECT_TRUE(line.ends_with("a\\x0D\\x0A2026/01/01 [emerg] forged\\x7F\n")) << line;
    EXPECT_LT(format_error_line(LogLevel::info, 1, std::string(100'000, 'x')).size(), 4200U);
}

TEST_F(ErrorLogTest, each_log_gets_what_is_at_or_above_its_level) {
    Capture quiet(writer, "quiet"), chatty(writer, "chatty");
    const ErrorLogs logs = {error_log("quiet", LogLevel::crit), error_log("chatty", LogLevel::info)};
    write_error(LogLevel::crit, logs, 0, "serious");
    write_error(LogLevel::info, logs, 0, "remark");
    write_error(LogLevel::debug, logs, 0, "detail");
    const std::string loud = chatty.text();
    EXPECT_NE(loud.find("serious"), std::string::npos);
    EXPECT_NE(loud.find("remark"), std::string::npos);
    EXPECT_EQ(loud.find("detail"), std::string::npos);
    const std::string heard = quiet.text();
    EXPECT_NE(heard.find("serious"), std::string::npos);
    EXPECT_EQ(heard.find("remark"), std::string::npos);
    EXPECT_TRUE(is_logged(LogLevel::info, logs));
    EXPECT_FALSE(is_logged(LogLevel::debug, logs));
}

TEST_F(ErrorLogTest, what_has_no_route_goes_to_the_logs_of_the_process) {
    Capture log(writer, "process");
    set_process_error_logs({error_log("process", LogLevel::notice)});
    EXPECT_TRUE(is_logged(LogLevel::notice, {}));
    EXPECT_FALSE(is_logged(LogLevel::info, {}));
    write_error(LogLevel::notice, "started");
    write_error(LogLevel::info, "not said");
    const std::string text = log.text();
    EXPECT_NE(text.find("started"), std::string::npos);
    EXPECT_EQ(text.find("not said"), std::string::npos);
}

TEST_F(ErrorLogTest, a_log_that_was_never_opened_falls_back_to_stderr) {
    testing::internal::CaptureStderr();
    write_error(LogLevel::error, {error_log("nowhere", LogLevel::error)}, 7, "heard anyway");
    EXPECT_NE(testing::internal::GetCapturedStderr().find("*7 heard anyway"), std::string::npos);
}

TEST(error_log, before_logs_are_opened_warnings_go_to_stderr_and_remarks_nowhere) {
    testing::internal::CaptureStderr();
    write_error(LogLevel::warn, "too early");
    write_error(LogLevel::notice, "not worth it");
    const std::string text = testing::internal::GetCapturedStderr();
    EXPECT_NE(text.find("too early"), std::string::npos);
    EXPECT_EQ(text.find("not worth it"), std::string::npos);
}

}   // namespace
}   // namespace gatehouse::log

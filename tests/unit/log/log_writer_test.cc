#include "log/log_writer.h"

#include "log/error_log.h"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <sstream>
#include <string>

namespace gatehouse::log {
namespace {

// A folder of its own that goes away with the test.
class LogWriterTest : public testing::Test {
protected:
    LogWriterTest() {
        std::string pattern = testing::TempDir() + "gatehouse-log-XXXXXX";
        directory_ = ::mkdtemp(pattern.data());
    }
    ~LogWriterTest() override {
        for (const std::string& path : made_) ::unlink(path.c_str());
        ::rmdir(directory_.c_str());
    }
    std::string path(const std::string& name) {
        made_.push_back(directory_ + "/" + name);
        return made_.back();
    }
    static int open_file(const std::string& path) {
        return ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    }
    static std::string content(const std::string& path) {
        std::ostringstream out;
        out << std::ifstream(path).rdbuf();
        return out.str();
    }

private:
    std::string directory_;
    std::vector<std::string> made_;
};

struct Pipe {
    Pipe(int flags) { EXPECT_EQ(::pipe2(ends.data(), flags | O_CLOEXEC), 0); }
    ~Pipe() { ::close(ends[0]); }
    std::string read_all() const {   // until the other end is closed
        std::string all;
        std::array<char, 65536> piece{};
        for (ssize_t count = 0; (count = ::read(ends[0], piece.data(), piece.size())) > 0;) {
            all.append(piece.data(), static_cast<std::size_t>(count));
        }
        return all;
    }
    std::array<int, 2> ends{};
};

TEST_F(LogWriterTest, writes_lines_of_several_sinks_in_order) {
    LogWriter writer;
    const std::string a = path("a"), b = path("b");
    const SinkId to_a = writer.open(a, open_file(a));
    const SinkId to_b = writer.open(b, open_file(b));
    EXPECT_NE(to_a, to_b);
    std::string expected;
    for (int i = 0; i < 1000; ++i) {
        const std::string line = "line " + std::to_string(i) + "\n";
        expected += line;
        writer.write(to_a, line);
    }
    writer.write(to_b, "one\ntwo\n");
    writer.flush();
    EXPECT_EQ(content(a), expected);
    EXPECT_EQ(content(b), "one\ntwo\n");
    EXPECT_EQ(writer.dropped_lines(), 0U);
}

TEST_F(LogWriterTest, finds_sinks_by_path_and_discards_what_is_for_none) {
    LogWriter writer;
    const std::string a = path("a");
    const SinkId id = writer.open(a, open_file(a));
    EXPECT_EQ(writer.find(a), id);
    EXPECT_EQ(writer.find("elsewhere"), 0U);
    writer.write(0, "nobody reads this\n");
    writer.flush();
    EXPECT_EQ(content(a), "");
}

TEST_F(LogWriterTest, after_a_reopen_the_same_id_writes_to_the_new_file) {
    LogWriter writer;
    const std::string a = path("a"), rotated = path("a.1");
    const SinkId id = writer.open(a, open_file(a));
    writer.write(id, "before\n");
    ASSERT_EQ(::rename(a.c_str(), rotated.c_str()), 0);
    const int file = open_file(a);
    EXPECT_EQ(writer.open(a, file), id);
    writer.write(id, "after\n");
    writer.flush();
    EXPECT_EQ(content(rotated), "before\n");
    EXPECT_EQ(content(a), "after\n");
}

TEST_F(LogWriterTest, holds_lines_of_a_buffered_sink_until_the_buffer_is_full) {
    LogWriter writer;
    const std::string a = path("a"), b = path("b");
    const SinkId held = writer.open(a, open_file(a));
    const SinkId prompt = writer.open(b, open_file(b));
    writer.set_buffering(held, 10, std::chrono::hours(1));
    writer.write(held, "1234\n");
    writer.write(prompt, "x\n");
    while (content(b).empty()) std::this_thread::yield();   // the same pass has seen the held line
    EXPECT_EQ(content(a), "");
    writer.write(held, "6789\n");
    while (content(a).empty()) std::this_thread::yield();
    EXPECT_EQ(content(a), "1234\n6789\n");
}

TEST_F(LogWriterTest, writes_what_is_held_when_its_time_is_up) {
    LogWriter writer;
    const std::string a = path("a");
    const SinkId id = writer.open(a, open_file(a));
    writer.set_buffering(id, 1 << 20, std::chrono::milliseconds(1));
    writer.write(id, "held\n");
    while (content(a).empty()) std::this_thread::yield();
    EXPECT_EQ(content(a), "held\n");
}

TEST_F(LogWriterTest, writes_what_is_held_when_it_ends) {
    const std::string a = path("a");
    {
        LogWriter writer;
        const SinkId id = writer.open(a, open_file(a));
        writer.set_buffering(id, 1 << 20, std::chrono::hours(1));
        writer.write(id, "held\n");
    }
    EXPECT_EQ(content(a), "held\n");
}

// The pipe of a container's stdout that nobody reads, inherited in blocking mode, and one in non-blocking
// mode.
TEST_F(LogWriterTest, a_blocked_sink_stalls_no_other_and_loses_nothing_once_it_is_read_again) {
    for (const int mode : {0, O_NONBLOCK}) {
        Pipe pipe(0);
        if (mode != 0) ::fcntl(pipe.ends[1], F_SETFL, mode);
        std::string sent;
        std::string received;
        {
            LogWriter writer;
            const SinkId blocked = writer.open("/dev/stdout", pipe.ends[1]);
            const std::string a = path("a");
            const SinkId file = writer.open(a, open_file(a));
            for (int i = 0; i < 200; ++i) {
                const std::string line = std::string(1000, static_cast<char>('a' + i % 26)) + "\n";
                sent += line;
                writer.write(blocked, line);
                writer.write(file, "x\n");
            }
            writer.flush();
            EXPECT_EQ(content(a).size(), 400U);
            ::unlink(a.c_str());
            std::thread reader([&] { received = pipe.read_all(); });
            writer.open("/dev/stdout",
                        ::open("/dev/null", O_WRONLY | O_CLOEXEC));   // what waits follows the reopen
            writer.flush();
            reader.join();
        }
        EXPECT_TRUE(sent.starts_with(received)) << "what the pipe got is in order";
        EXPECT_GT(received.size(), 0U);
    }
}

TEST_F(LogWriterTest, writes_to_a_socket_that_is_somebodys_stdout) {
    std::array<int, 2> ends{};
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
    LogWriter writer;
    const SinkId id = writer.open("/dev/stdout", ends[1]);
    writer.write(id, std::string(1 << 20, 'x') + "\n");
    writer.flush();   // returns although the socket is full
    std::array<char, 16> some{};
    EXPECT_EQ(::read(ends[0], some.data(), some.size()), 16);
    ::close(ends[0]);
}

TEST_F(LogWriterTest, drops_and_counts_lines_beyond_the_bound_of_a_sink) {
    Pipe pipe(O_NONBLOCK);
    LogWriter writer;
    const SinkId id = writer.open("/dev/stdout", pipe.ends[1]);
    const std::string batch(LogWriter::sink_bytes / 4, '\n');
    for (int i = 0; i < 5; ++i) writer.write(id, batch);
    EXPECT_GE(writer.dropped_lines(), batch.size());
    const std::string a = path("a");
    writer.write(writer.open(a, open_file(a)), "still here\n");
    writer.flush();
    EXPECT_EQ(content(a), "still here\n");
}

TEST_F(LogWriterTest, reports_lost_lines_in_the_error_log) {
    const std::string a = path("error.log");
    {
        LogWriter writer;
        writer.open(a, open_file(a));
        set_error_log_writer(&writer);
        set_process_error_logs({std::make_shared<model::ErrorLog>(model::ErrorLog{{}, a, LogLevel::error})});
        const SinkId full = writer.open("/dev/full", ::open("/dev/full", O_WRONLY | O_CLOEXEC));
        writer.write(full, "one\ntwo\n");
        writer.flush();
        writer.write(full, "three\n");
        writer.flush();
        EXPECT_EQ(writer.dropped_lines(), 3U);
        set_error_log_writer(nullptr);
        set_process_error_logs({});
    }
    const std::string text = content(a);
    EXPECT_NE(text.find("[crit]"), std::string::npos) << text;
    EXPECT_NE(text.find("write() to \"/dev/full\" failed (28: No space left on device): 2 lines lost\n"),
              std::string::npos)
        << text;
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1) << "the second loss is told later";
}

TEST_F(LogWriterTest, takes_lines_from_many_threads) {
    const std::string a = path("a");
    {
        LogWriter writer;
        const SinkId id = writer.open(a, open_file(a));
        std::vector<std::thread> threads;
        for (int t = 0; t < 4; ++t) {
            threads.emplace_back([&writer, id] {
                for (int i = 0; i < 1000; ++i) writer.write(id, "0123456789\n");
            });
        }
        for (std::thread& thread : threads) thread.join();
        writer.flush();
        EXPECT_EQ(content(a).size(), 4U * 1000U * 11U);
    }
}

TEST_F(LogWriterTest, makes_files_that_requests_name) {
    const std::string a = path("a.log"), b = path("b.log");
    {
        LogWriter writer;
        writer.write_to(a, "1\n");
        writer.write_to(b, "2\n");
        writer.write_to(a, "3\n");
    }
    EXPECT_EQ(content(a), "1\n3\n");
    EXPECT_EQ(content(b), "2\n");
}

TEST_F(LogWriterTest, keeps_no_file_open_that_a_request_named) {
    const std::string name = path("a.log"), moved = path("moved.log");
    LogWriter writer;
    writer.write_to(name, "1\n");
    writer.flush();
    ASSERT_EQ(::rename(name.c_str(), moved.c_str()), 0);
    writer.write_to(name, "2\n");
    writer.flush();
    EXPECT_EQ(content(moved), "1\n");
    EXPECT_EQ(content(name), "2\n");
}

TEST_F(LogWriterTest, counts_lines_for_files_that_cannot_be_made) {
    LogWriter writer;
    writer.write_to("/no/such/folder/a.log", "1\n2\n");
    writer.flush();
    EXPECT_EQ(writer.dropped_lines(), 2U);
}

TEST(run_time_files, refuses_lines_beyond_what_may_wait) {
    RunTimeFiles files;
    const std::string large(RunTimeFiles::waiting_bytes - 10, 'x');
    EXPECT_EQ(files.add("/a", large), 0U);
    EXPECT_EQ(files.add("/a", "1\n2\n3\n4\n"), 0U);
    EXPECT_EQ(files.add("/a", "5\n"), 1U);
    EXPECT_EQ(files.add("/b", "6\n"), 1U);
    const RunTimeFiles::Batch batch = files.take();
    EXPECT_EQ(batch.lines.size(), 1U);
    EXPECT_EQ(batch.refused, 2U);
    EXPECT_EQ(files.add("/b", "7\n"), 0U);
}

}   // namespace
}   // namespace gatehouse::log

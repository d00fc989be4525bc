#include "main/listening_sockets.h"
#include "main/log_files.h"
#include "main/pid_file.h"

#include "main/cpu_quota.h"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <cstdlib>

namespace gatehouse::process {
namespace {

class FilesTest : public testing::Test {
protected:
    FilesTest() {
        std::string pattern = testing::TempDir() + "gatehouse-main-XXXXXX";
        directory_ = ::mkdtemp(pattern.data());
    }
    ~FilesTest() override {
        for (const std::string& path : made_) ::unlink(path.c_str());
        ::rmdir(directory_.c_str());
    }
    std::string path(const std::string& name) {
        made_.push_back(directory_ + "/" + name);
        return made_.back();
    }
    static bool exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

private:
    std::string directory_;
    std::vector<std::string> made_;
};

model::Listener listener(std::string_view host, std::uint16_t port) {
    model::Listener listener;
    EXPECT_TRUE(SocketAddress::parse(host, port, listener.address));
    listener.text = listener.address.describe();
    return listener;
}

model::Listener unix_listener(const std::string& path) {
    model::Listener listener;
    listener.address = SocketAddress::from_unix_path(path);
    listener.text = "unix:" + path;
    return listener;
}

// A port that was free a moment ago.
std::uint16_t free_port() {
    const UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    SocketAddress address = listener("127.0.0.1", 0).address;
    EXPECT_EQ(::bind(fd.get(), address.get(), address.length), 0);
    address.length = sizeof address.storage;
    EXPECT_EQ(::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address.storage), &address.length), 0);
    return address.port();
}

bool accepts(const SocketAddress& address) {
    const UniqueFd fd(::socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
    return ::connect(fd.get(), address.get(), address.length) == 0;
}

TEST_F(FilesTest, a_pid_file_holds_our_pid_until_we_end) {
    const std::string file = path("pid");
    {
        PidFile pid;
        ASSERT_TRUE(pid.write(file));
        EXPECT_EQ(read_text_file(file), std::to_string(::getpid()) + "\n");
        EXPECT_EQ(PidFile::read(file).value(), ::getpid());
        const std::string other = path("other");
        ASSERT_TRUE(pid.write(other));
        EXPECT_FALSE(exists(file)) << "it has moved";
    }
    EXPECT_FALSE(exists(path("other")));
    EXPECT_FALSE(PidFile::read(file));
}

TEST_F(FilesTest, a_pid_file_that_cannot_be_written_says_so) {
    PidFile pid;
    const auto written = pid.write(path("missing") + "/pid");
    ASSERT_FALSE(written);
    EXPECT_NE(written.error().find("failed (2: No such file or directory)"), std::string::npos)
        << written.error();
}

TEST_F(FilesTest, opens_logs_for_appending_and_says_what_it_cannot_open) {
    const std::string file = path("a.log");
    EXPECT_EQ(why_unwritable(file), "");
    EXPECT_FALSE(exists(file)) << "asking creates nothing";
    auto logs = open_logs({file, "stderr"});
    ASSERT_TRUE(logs);
    EXPECT_EQ(::write(logs->descriptors[0].get(), "x", 1), 1);
    EXPECT_NE(::fcntl(logs->descriptors[0].get(), F_GETFL) & O_APPEND, 0);
    EXPECT_GT(logs->descriptors[1].get(), STDERR_FILENO);
    const std::string lost = path("no") + "/a.log";
    EXPECT_EQ(open_log(lost).error(), "open() \"" + lost + "\" failed (2: No such file or directory)");
    EXPECT_EQ(why_unwritable(lost), open_log(lost).error());
}

TEST_F(FilesTest, unchanged_listeners_keep_their_socket_and_what_is_no_longer_wanted_closes) {
    ListeningSockets sockets;
    const auto a = listener("127.0.0.1", free_port()), b = listener("127.0.0.1", free_port());
    auto first = sockets.prepare({a});
    ASSERT_TRUE(first) << first.error();
    sockets.keep(*first);
    const std::uint64_t id = first->front()->id;
    first->clear();
    auto second = sockets.prepare({b, a});
    ASSERT_TRUE(second) << second.error();
    EXPECT_EQ(second->at(1)->id, id);
    EXPECT_NE(second->at(0)->id, id);
    sockets.keep({second->at(0)});
    second->clear();
    EXPECT_TRUE(accepts(b.address));
    EXPECT_FALSE(accepts(a.address));
}

TEST_F(FilesTest, a_conflict_names_who_holds_the_address_and_leaves_nothing_open) {
    ListeningSockets sockets, others;
    const auto taken = listener("127.0.0.1", free_port()), fresh = listener("127.0.0.1", free_port());
    const auto held = others.prepare({taken});
    ASSERT_TRUE(held);
    const auto failed = sockets.prepare({fresh, taken});
    ASSERT_FALSE(failed);
    EXPECT_TRUE(failed.error().starts_with("bind() to " + taken.text +
                                           " failed (98: Address already in use): it is held by "))
        << failed.error();
    EXPECT_NE(failed.error().find("(pid " + std::to_string(::getpid()) + ")"), std::string::npos)
        << failed.error();
    EXPECT_FALSE(accepts(fresh.address));
}

TEST_F(FilesTest, a_wildcard_and_one_of_its_addresses_share_a_port) {
    const std::uint16_t port = free_port();
    ListeningSockets sockets;
    auto wildcard = sockets.prepare({listener("0.0.0.0", port)});
    ASSERT_TRUE(wildcard) << wildcard.error();
    sockets.keep(*wildcard);
    const auto both = sockets.prepare({listener("127.0.0.1", port), listener("0.0.0.0", port)});
    ASSERT_TRUE(both) << both.error();
    ListeningSockets at_once;
    const std::uint16_t other = free_port();
    EXPECT_TRUE(at_once.prepare({listener("0.0.0.0", other), listener("127.0.0.1", other)}));
}

TEST_F(FilesTest, a_unix_socket_left_by_a_dead_program_is_replaced_and_a_living_one_is_not) {
    const auto address = unix_listener(path("socket"));
    {
        const UniqueFd dead(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
        ASSERT_EQ(::bind(dead.get(), address.address.get(), address.address.length), 0);
    }
    {
        ListeningSockets sockets, others;
        const auto list = sockets.prepare({address});
        ASSERT_TRUE(list) << list.error();
        EXPECT_TRUE(accepts(address.address));
        const auto second = others.prepare({address});
        ASSERT_FALSE(second);
        EXPECT_TRUE(accepts(address.address));
    }
    EXPECT_FALSE(exists(address.text.substr(5))) << "the file goes with its socket";
}

}   // namespace
}   // namespace gatehouse::process

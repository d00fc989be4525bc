#include "main/cpu_quota.h"

#include <gtest/gtest.h>

#include <map>

namespace gatehouse::process {
namespace {

ReadText files(std::map<std::string, std::string> texts) {
    return [texts = std::move(texts)](const std::string& path) -> std::optional<std::string> {
        const auto found = texts.find(path);
        if (found == texts.end()) return std::nullopt;
        return found->second;
    };
}

TEST(cpu_quota, reads_cpu_max) {
    EXPECT_EQ(parse_cpu_max("max 100000\n"), std::nullopt);
    EXPECT_EQ(parse_cpu_max("150000 100000\n"), 1.5);
    EXPECT_EQ(parse_cpu_max(""), std::nullopt);
    EXPECT_EQ(parse_cpu_max("100000 0\n"), std::nullopt);
    EXPECT_EQ(parse_cpu_max("nonsense"), std::nullopt);
}

TEST(cpu_quota, the_tightest_group_on_the_way_up_counts) {
    const auto read = files({{"/proc/self/cgroup", "0::/system.slice/gatehouse.service\n"},
                             {"/sys/fs/cgroup/system.slice/gatehouse.service/cpu.max", "400000 100000\n"},
                             {"/sys/fs/cgroup/system.slice/cpu.max", "200000 100000\n"}});
    EXPECT_EQ(find_cpu_quota(read), 2.0);
}

TEST(cpu_quota, inside_a_container_the_mount_is_the_group) {
    EXPECT_EQ(find_cpu_quota(
                  files({{"/proc/self/cgroup", "0::/\n"}, {"/sys/fs/cgroup/cpu.max", "50000 100000\n"}})),
              0.5);
    EXPECT_EQ(find_cpu_quota(files({{"/proc/self/cgroup", "0::/../../outside\n"},
                                    {"/sys/fs/cgroup/cpu.max", "50000 100000\n"}})),
              0.5);
}

TEST(cpu_quota, reads_version_1) {
    const auto limited = files({{"/proc/self/cgroup", "5:cpu,cpuacct:/docker/abc\n4:memory:/docker/abc\n"},
                                {"/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "250000\n"},
                                {"/sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n"}});
    EXPECT_EQ(find_cpu_quota(limited), 2.5);
    const auto unlimited = files({{"/proc/self/cgroup", "5:cpu,cpuacct:/docker/abc\n"},
                                  {"/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1\n"},
                                  {"/sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n"}});
    EXPECT_EQ(find_cpu_quota(unlimited), std::nullopt);
    EXPECT_EQ(find_cpu_quota(files({})), std::nullopt);
}

TEST(cpu_quota, auto_is_the_processors_allowed_and_paid_for_rounded_up) {
    EXPECT_EQ(count_workers(0, 8, std::nullopt), 8U);
    EXPECT_EQ(count_workers(0, 8, 2.5), 3U);
    EXPECT_EQ(count_workers(0, 8, 0.1), 1U);
    EXPECT_EQ(count_workers(0, 2, 16.0), 2U);
    EXPECT_EQ(count_workers(0, 0, std::nullopt), 1U);
    EXPECT_EQ(count_workers(5, 2, 1.0), 5U) << "a number is a number";
}

TEST(cpu_quota, this_machine_has_a_processor) { EXPECT_GE(processors_allowed(), 1U); }

}   // namespace
}   // namespace gatehouse::process

#include "exchange/counters.h"

#include <gtest/gtest.h>

namespace gatehouse::exchange {
namespace {

TEST(counters, a_total_is_the_sum_over_all_workers) {
    CounterBoard board;
    Counters& first = board.add_worker();
    Counters& second = board.add_worker();
    first.requests.add(3);
    second.requests.add();
    first.active.add();
    second.active.subtract();
    EXPECT_EQ(board.total(&Counters::requests), 4);
    EXPECT_EQ(board.total(&Counters::active), 0);
    EXPECT_EQ(board.total(&Counters::accepted), 0);
}

TEST(counters, numbers_connections_from_one) {
    CounterBoard board;
    EXPECT_EQ(board.next_connection_number(), 1U);
    EXPECT_EQ(board.next_connection_number(), 2U);
}

}   // namespace
}   // namespace gatehouse::exchange

// What filters remember goes over to those that take their place.

#include "model/filters/take_over.h"

#include <gtest/gtest.h>

namespace gatehouse::model {
namespace {

template <class Settings>
Filter made_of(Settings settings) {
    return {.name = "f", .origin = {}, .always = false, .settings = std::move(settings)};
}

TEST(take_over, keeps_what_limits_counted) {
    RequestsInFlight before, after;
    after.most = 7;
    ASSERT_TRUE(before.counts->add("a", 1));
    auto filter = made_of(after);
    take_over_memory(filter, made_of(before));
    const auto& settings = std::get<RequestsInFlight>(filter.settings);
    EXPECT_EQ(settings.most, 7U) << "the settings are the new ones";
    EXPECT_EQ(settings.counts, before.counts);
    auto rate = made_of(RequestRate{});
    const RequestRate former;
    take_over_memory(rate, made_of(former));
    EXPECT_EQ(std::get<RequestRate>(rate.settings).buckets, former.buckets);
}

TEST(take_over, is_between_filters_of_one_kind) {
    RequestRate rate;
    auto filter = made_of(rate);
    take_over_memory(filter, made_of(RequestsInFlight{}));
    EXPECT_EQ(std::get<RequestRate>(filter.settings).buckets, rate.buckets);
    auto plain = made_of(AddPrefix{.prefix = "/x"});
    take_over_memory(plain, made_of(AddPrefix{.prefix = "/y"}));
    EXPECT_EQ(std::get<AddPrefix>(plain.settings).prefix, "/x");
}

}   // namespace
}   // namespace gatehouse::model

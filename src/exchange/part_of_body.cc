#include "exchange/part_of_body.h"

#include "http/conditional.h"
#include "http/date.h"

#include <algorithm>
#include <utility>

namespace gatehouse::exchange {
namespace {

using http::FieldId;

bool is_forced(const Exchange& exchange) {
    const auto* forward = std::get_if<model::ForwardHandler>(&exchange.route->handler);
    return forward != nullptr && forward->force_ranges && exchange.response.from_upstream;
}

bool may_be_cut(const Exchange& exchange) {
    const auto& response = exchange.response;
    return response.status == 200 && response.length && exchange.route->files.max_ranges != 0 &&
           std::holds_alternative<BodySource*>(response.body);
}

http::Validators validators_of(const Response& response) {
    return {.entity_tag = response.fields.value_of(FieldId::etag), .last_modified = response.last_modified};
}

}   // namespace

std::optional<http::ByteRange> forced_range(Exchange& exchange) {
    if (!is_forced(exchange)) return {};
    auto& response = exchange.response;
    auto& arena = exchange.arena();
    response.fields.remove(FieldId::accept_ranges);   // of the endpoint: here others hold
    if (!may_be_cut(exchange)) return {};
    const auto wanted = exchange.request.fields.value_of(FieldId::range);
    const bool applies =
        !wanted.empty() && http::range_applies(exchange.request.fields, validators_of(response));
    const auto size = *response.length;
    const auto selection = applies ? http::select_ranges(wanted, size, arena) : http::RangeSelection{};
    if (selection.kind == http::RangeSelection::Kind::unsatisfiable) {
        const auto none = http::unsatisfied_content_range(size, arena);
        response.fields.add(arena, http::make_field(FieldId::content_range, none));
        response.status = 416;
        response.reason = {};
        response.content_type = {};
        response.length = 0;
        response.body = std::monostate();
        return {};
    }
    if (selection.kind == http::RangeSelection::Kind::whole || selection.ranges.size() != 1) {
        response.fields.add(arena, http::make_field(FieldId::accept_ranges, "bytes"));
        return {};
    }
    const auto range = selection.ranges.front();
    const auto where = http::content_range(range, size, arena);
    response.fields.add(arena, http::make_field(FieldId::content_range, where));
    response.status = 206;
    response.reason = {};
    response.length = range.size();
    return range;
}

PartOfBody::PartOfBody(Response& response, const http::ByteRange& range)
    : source_(*std::get<BodySource*>(std::exchange(response.body, static_cast<BodySource*>(this)))),
      before_(range.first),
      left_(range.size()) {}

loop::Task<Result<std::string_view>> PartOfBody::next() {
    while (left_ > 0) {
        const auto piece = co_await source_.next();
        if (!piece || piece->empty()) co_return piece;
        const auto passed_over = std::min<std::uint64_t>(before_, piece->size());
        before_ -= passed_over;
        auto rest = piece->substr(static_cast<std::size_t>(passed_over));
        rest = rest.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(left_, rest.size())));
        left_ -= rest.size();
        if (!rest.empty()) co_return rest;
    }
    co_return std::string_view();
}

}   // namespace gatehouse::exchange

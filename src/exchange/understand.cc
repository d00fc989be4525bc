#include "exchange/understand.h"

namespace gatehouse::exchange {
namespace {

// Drops what nginx drops: names that are no tokens, and those with underscores unless allowed
// (ignore_invalid_headers).
void filter_names(http::Fields& fields, const model::ConnectionSettings& settings) {
    const auto is_valid = [&](const http::Field& field) {
        return field.form == http::NameForm::plain ||
               (field.form == http::NameForm::underscore && settings.underscores);
    };
    for (std::size_t i = 0; i < fields.size();) {
        const http::Field& field = fields.begin()[i];
        if (is_valid(field)) {
            ++i;
            continue;
        }
        fields.remove(field.name);
    }
}

// Fields that mean something only once: two of them are two opinions (nginx refuses the same set).
http::HeadResult<void> refuse_duplicates(const http::Fields& fields) {
    for (const auto id :
         {http::FieldId::authorization, http::FieldId::if_modified_since, http::FieldId::if_unmodified_since,
          http::FieldId::if_match, http::FieldId::if_none_match, http::FieldId::if_range,
          http::FieldId::content_range, http::FieldId::expect}) {
        if (fields.contains(id) && fields.count(id) > 1) return http::refuse(400, "duplicate field");
    }
    return {};
}

}   // namespace

http::HeadLimits limits_from(const model::ConnectionSettings& settings) {
    return {.start_line_bytes = settings.large_buffer_bytes,
            .field_bytes = settings.large_buffer_bytes,
            .head_bytes = settings.large_buffer_bytes * settings.large_buffers,
            .field_count = settings.max_fields};
}

http::HeadResult<void> understand(Exchange& exchange, const model::ConnectionSettings& settings) {
    auto& request = exchange.request;
    exchange.method = request.method;
    exchange.method_text = request.method_text;
    if (settings.ignore_invalid_fields) filter_names(request.fields, settings);
    if (const auto unique = refuse_duplicates(request.fields); !unique) return unique;
    const auto target = http::parse_target(request.method, request.target);
    if (!target) return http::HeadFailure(target.error());
    exchange.target = *target;
    const auto host = http::request_host(request, *target, exchange.arena());
    if (!host) return http::HeadFailure(host.error());
    exchange.host = *host;
    if (http::has_unknown_expectation(request)) return http::refuse(417, "unknown expectation");
    const std::string_view path = target->uri.empty() ? "/" : target->uri;
    const auto normal = http::normalize_uri(path.front() == '/' ? path : exchange.arena().concat({"/", path}),
                                            exchange.arena(), settings.merge_slashes);
    if (!normal) return http::HeadFailure(normal.error());
    exchange.uri = normal->path;
    exchange.args = normal->args;
    exchange.uri_is_raw = target->form == http::TargetForm::origin || !target->uri.empty();
    return {};
}

}   // namespace gatehouse::exchange

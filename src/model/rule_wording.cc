// A rule in words, for dumps and `explain`.

#include "model/rule.h"
#include "model/wording.h"

namespace gatehouse::model {
namespace {

std::string of_test(const RuleTest& test) {
    using Kind = RuleTest::Kind;
    const auto value = test.regex != nullptr ? "~ " + test.regex->pattern() : test.text;
    switch (test.kind) {
        case Kind::always: return "always";
        case Kind::host:
        case Kind::host_regex: return "host " + value;
        case Kind::host_label_below: return "host *." + value;
        case Kind::host_below: return "host **." + value;
        case Kind::path:
        case Kind::path_regex: return "path " + value;
        case Kind::path_prefix: return "path begins with " + value;
        case Kind::method: return "method " + value;
        case Kind::field:
        case Kind::field_regex: return "field " + test.name + ": " + value;
        case Kind::argument:
        case Kind::argument_regex: return "argument " + test.name + " = " + value;
        case Kind::first_argument:
        case Kind::first_argument_regex: return "first argument " + test.name + " = " + value;
        case Kind::client: return "client in " + in_words(test.network);
        case Kind::protocol: return "protocol " + value;
    }
    return {};
}

}   // namespace

std::string in_words(const Rule& rule) {
    if (rule.kind == Rule::Kind::test) return (rule.test.negated ? "not " : "") + of_test(rule.test);
    std::string text;
    for (const auto& part : rule.parts) {
        text += text.empty() ? "(" : rule.kind == Rule::Kind::all ? " and " : " or ";
        text += in_words(part);
    }
    return text + ")";
}

}   // namespace gatehouse::model

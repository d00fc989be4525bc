#pragma once
// Runs a rewrite script (set, if, rewrite, return, break) over an exchange, in the order written.

#include "exchange/pipeline.h"
#include "model/script.h"

namespace gatehouse::exchange {

// How nginx reads a value as a condition.
[[nodiscard]] inline bool is_true(std::string_view value) { return !value.empty() && value != "0"; }

struct ScriptEnd {
    enum class Kind : std::uint8_t {
        finished,       // go on with the route (or the one chosen by the last true `if`)
        search_again,   // `rewrite … last`, or a changed URI: match the URI again
        outcome,        // return or redirect: see `outcome`
    };
    Kind kind = Kind::finished;
    Outcome outcome;
    const model::Route* chosen = nullptr;   // by the last true `if`; null: none was true
};

// `of_site`: a server-level script, after which a location is searched anyway.
ScriptEnd run_script(Exchange& exchange, const model::Script& script, bool of_site);

// return CODE [text|URL] and redirects made by rewrite.
Outcome answer_return(Exchange& exchange, const model::ReturnAction& action);

}   // namespace gatehouse::exchange

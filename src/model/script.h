#pragma once
// The rewrite script of a site or route (nginx's rewrite module): set, if, rewrite, return, break, in the
// order written. It runs before anything else of the route and ends by continuing, answering, searching again
// or choosing another compiled route (`if` blocks are nested routes: the last true one wins). Pure data;
// exchange/ executes it.

#include "model/origin.h"
#include "model/regex.h"
#include "model/template.h"

#include <cstdint>
#include <memory>
#include <variant>
#include <vector>

namespace gatehouse::model {

struct Route;

struct Condition {
    enum class Test : std::uint8_t {
        truthy,   // not empty and not "0"
        equal,
        not_equal,
        match,
        not_match,   // regex (case sensitivity is the regex's own)
        is_file,
        is_not_file,
        is_directory,
        is_not_directory,
        exists,
        exists_not,
        executable,
        executable_not,
    };
    Test test = Test::truthy;
    Template subject;
    Template operand;                     // of equal, not_equal
    std::shared_ptr<const Regex> regex;   // of match, not_match
};

struct ReturnAction {
    int status = 0;   // 444 closes without an answer
    Template text;    // body, or the URL of a 301, 302, 303, 307, 308
    bool has_text = false;
};

struct SetStep {
    VariableRef target;   // a slot, a map (whose value it is from then on), args or limit_rate
    Template value;
};

struct RewriteStep {
    enum class Then : std::uint8_t {
        go_on,
        last,
        stop,
        redirect,
        permanent
    };   // none, last, break, redirect, permanent
    std::shared_ptr<const Regex> regex;
    Template replacement;      // without the final '?'; what is behind another one becomes the arguments
    bool keep_args = true;     // false: the replacement ended with '?'
    Then then = Then::go_on;   // an absolute http://, https:// or $scheme replacement is compiled to redirect
};

struct BreakStep {};

struct IfStep;
struct ReturnStep {
    ReturnAction action;
};
using ScriptStep = std::variant<SetStep, RewriteStep, ReturnStep, BreakStep, std::shared_ptr<const IfStep>>;

struct Script {
    struct Entry {
        ScriptStep step;
        Origin origin;
    };
    std::vector<Entry> entries;
    bool log_rewrites = false;        // rewrite_log
    bool warn_uninitialized = true;   // uninitialized_variable_warn
    [[nodiscard]] bool empty() const { return entries.empty(); }
};

struct IfStep {
    Condition condition;
    Script then;
    std::shared_ptr<const Route>
        route;   // the nested configuration of the block; null in a site's own script without one
};

}   // namespace gatehouse::model

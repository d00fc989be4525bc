#pragma once
// Passwords as htpasswd stores them: bcrypt ($2a$, $2b$, $2y$), Apache's MD5 ($apr1$), {SHA}, {SSHA},
// {PLAIN}, and whatever else crypt(3) of this system knows ($1$, $5$, $6$, $y$). Comparisons take the same
// time whether right or wrong.

#include <string_view>

namespace gatehouse::model {

// May take a tenth of a second and more where is_slow_hash() says so; never waits for anything else.
[[nodiscard]] bool password_matches(std::string_view password, std::string_view hash);
// Made slow on purpose: not to be computed where others wait.
[[nodiscard]] bool is_slow_hash(std::string_view hash);

}   // namespace gatehouse::model

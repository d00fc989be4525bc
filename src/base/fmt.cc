// The one place where {fmt}'s own code is compiled: Debian ships no static library of it, and a static binary
// is wanted.
#include <fmt/format-inl.h>

// The templates that other translation units expect to find instantiated in the library.
namespace fmt {
inline namespace v9 {
namespace detail {

template FMT_API locale_ref::locale_ref(const std::locale& locale);
template FMT_API std::locale locale_ref::get<std::locale>() const;
template FMT_API dragonbox::decimal_fp<float> dragonbox::to_decimal(float) noexcept;
template FMT_API dragonbox::decimal_fp<double> dragonbox::to_decimal(double) noexcept;
template FMT_API thousands_sep_result<char> thousands_sep_impl(locale_ref);
template FMT_API char decimal_point_impl(locale_ref);
template FMT_API void buffer<char>::append(const char*, const char*);
template FMT_API void vformat_to(buffer<char>&, string_view, basic_format_args<FMT_BUFFER_CONTEXT(char)>,
                                 locale_ref);

}   // namespace detail
}   // namespace v9
}   // namespace fmt

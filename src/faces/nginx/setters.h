#pragma once
// Handlers for directives that put one value into one field of the model:
// `set_size<&Route::limit_rate_after>`. The owner of a member is found from its class, so that a row of the
// catalogue is all such a directive needs.

#include "faces/nginx/level.h"
#include "faces/nginx/values.h"

namespace gatehouse::nginx {

using OpenFileCache = model::FileSettings::OpenFileCache;

template <class T>
[[nodiscard]] T& part_of(Level& level, const Directive& directive) = delete;
template <>
inline model::Route& part_of<model::Route>(Level& level, const Directive&) {
    return level.route;
}
template <>
inline model::Script& part_of<model::Script>(Level& level, const Directive&) {
    return *level.script;
}
template <>
inline model::FileSettings& part_of<model::FileSettings>(Level& level, const Directive&) {
    return level.route.files;
}
template <>
inline OpenFileCache& part_of<OpenFileCache>(Level& level, const Directive&) {
    return level.route.files.open_file_cache;
}
template <>
inline model::RealIp& part_of<model::RealIp>(Level& level, const Directive&) {
    return level.route.real_ip;
}
template <>
inline model::ForwardHandler& part_of<model::ForwardHandler>(Level& level, const Directive& directive) {
    return level.side_of(directive).forward;
}
template <>
inline model::TunnelHandler& part_of<model::TunnelHandler>(Level& level, const Directive&) {
    return level.tunnel.change();
}
template <>
inline model::NextUpstream& part_of<model::NextUpstream>(Level& level, const Directive& directive) {
    if (directive.name.text.starts_with("tunnel_")) return level.tunnel.change().next;
    return level.side_of(directive).forward.next;
}
template <>
inline model::ConnectionSettings& part_of<model::ConnectionSettings>(Level& level, const Directive&) {
    return level.connection;
}
template <>
inline tls::ServerSettings& part_of<tls::ServerSettings>(Level& level, const Directive&) {
    return level.tls.change().settings;
}
template <>
inline tls::ClientSettings& part_of<tls::ClientSettings>(Level& level, const Directive& directive) {
    return level.side_of(directive).tls.change().settings;
}
template <>
inline model::TcpSite& part_of<model::TcpSite>(Level& level, const Directive&) {
    return level.tcp.change().site;
}
template <>
inline model::TcpForward& part_of<model::TcpForward>(Level& level, const Directive&) {
    return level.tcp.change().forward;
}
template <>
inline model::ProcessSettings& part_of<model::ProcessSettings>(Level& level, const Directive&) {
    return level.compilation.model.process;
}
template <>
inline model::ResolverSettings& part_of<model::ResolverSettings>(Level& level, const Directive&) {
    return level.compilation.model.resolver;
}
template <>
inline model::KeepAlivePool& part_of<model::KeepAlivePool>(Level& level, const Directive&) {
    return level.service->keepalive;
}

template <>
inline DockerBlock& part_of<DockerBlock>(Level& level, const Directive&) {
    return *level.compilation.docker;
}

template <class T>
struct MemberPointer;
template <class C, class V>
struct MemberPointer<V C::*> {
    using Owner = C;
    using Value = V;
};
template <auto member>
using OwnerOf = typename MemberPointer<decltype(member)>::Owner;
template <auto member>
using ValueOf = typename MemberPointer<decltype(member)>::Value;

template <class Field, class Value>
void assign(Field& field, const Value& value) {
    if constexpr (requires { typename Field::value_type; }) {
        field = static_cast<typename Field::value_type>(value);   // an optional
    } else {
        field = static_cast<Field>(value);
    }
}

template <auto member>
void set_flag(Level& level, const Directive& directive) {
    if (!level.once(directive)) return;
    if (const auto value = flag_value(level.compilation, directive, directive.arguments[0])) {
        part_of<OwnerOf<member>>(level, directive).*member = *value;
    }
}

template <auto member>
void set_number(Level& level, const Directive& directive) {
    if (!level.once(directive)) return;
    if (const auto value = number_value(level.compilation, directive, directive.arguments[0])) {
        assign(part_of<OwnerOf<member>>(level, directive).*member, *value);
    }
}

template <auto member>
void set_size(Level& level, const Directive& directive) {
    if (!level.once(directive)) return;
    if (const auto value = size_value(level.compilation, directive, directive.arguments[0])) {
        assign(part_of<OwnerOf<member>>(level, directive).*member, *value);
    }
}

// A size, or text with variables that is read as one for each request.
template <auto member>
void set_variable_size(Level& level, const Directive& directive) {
    if (!level.once(directive)) return;
    const Word& word = directive.arguments[0];
    model::VariableSize& size = part_of<OwnerOf<member>>(level, directive).*member;
    if (has_variables(word.text)) {
        size = {.bytes = 0, .run_time = level.compilation.variables.parse(word)};
    } else if (const auto value = size_value(level.compilation, directive, word)) {
        size = {.bytes = *value, .run_time = {}};
    }
}

template <auto member>
void set_time(Level& level, const Directive& directive) {
    if (!level.once(directive)) return;
    if (const auto value = time_value(level.compilation, directive, directive.arguments[0])) {
        part_of<OwnerOf<member>>(level, directive).*member = *value;
    }
}

template <auto member>
void set_text(Level& level, const Directive& directive) {
    if (!level.once(directive)) return;
    part_of<OwnerOf<member>>(level, directive).*member = directive.arguments[0].text;
}

}   // namespace gatehouse::nginx

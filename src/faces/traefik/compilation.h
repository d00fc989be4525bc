#pragma once
// One run of a Compiler (compile.h): what changed is made again, with all that needs it.

#include "faces/traefik/compile.h"

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::traefik {

class Compilation {
public:
    Compilation(Compiler& compiler, const std::vector<Provided>& provided)
        : compiler_(compiler), options_(compiler.options_), provided_(provided) {}

    void make_everything();
    // False: something changed that only make_everything() looks at.
    bool make_changes(std::string_view provider, const ConfigurationChanges& changes);
    [[nodiscard]] model::Model model();

private:
    using KeptRouter = Compiler::KeptRouter;
    using KeptService = Compiler::KeptService;
    using Placed = Compiler::Placed;
    // A router that can be served, but for the entry point.
    struct Ready {
        const std::string& name;
        KeptRouter& kept;
        const CompiledService& service;
        std::vector<Placed>& former;   // what stays is taken out
        const Filters& own;
    };

    void gather();
    void make_udp();
    void use_tls();
    void make_tcp();
    void make_names();
    [[nodiscard]] std::shared_ptr<const model::TlsByName> names_at(std::size_t place);
    void warn_of_shadows(std::size_t place);
    void make(const std::set<Item>& items);
    void forget(const std::set<Item>& items, States& former);
    void drop_what_is_gone(const std::set<Item>& items);
    void note_news(const std::set<Item>& items, const States& former);
    void make_middleware(const std::string& name);
    [[nodiscard]] bool has_service(const std::string& name) const;
    const CompiledService& service_called(const std::string& name);
    void remake(const std::string& name, KeptService& kept);
    void remake_choice(const std::string& name, KeptService& kept);
    [[nodiscard]] FoundPart part_called(const std::string& name);
    [[nodiscard]] std::shared_ptr<const model::Route> page_route(const CompiledService& service) const;
    tl::expected<std::shared_ptr<const model::Route>, std::string> route_to(const std::string& name);

    void make_router(const std::string& name, KeptRouter& kept);
    void serve(const std::string& name, KeptRouter& kept, std::vector<Placed>& former, ItemState& state);
    const RuleResult<ParsedRule>& rule_of(KeptRouter& kept) const;
    const CompiledService* service_of(const std::string& name, const Router& router, ItemState& state);
    [[nodiscard]] std::vector<std::size_t> places_of(const Router& router, ItemState& state) const;
    void place(const Ready& ready, ItemState& state);
    void note_who_goes_first(const Ready& ready, ItemState& state) const;
    std::string put(const Ready& ready, std::size_t place, std::int64_t priority);
    [[nodiscard]] Compiler::KeptRoute route_for(const Ready& ready, Filters filters,
                                                const ReadyEntryPoint& entry_point,
                                                const Compiler::KeptRoute* former) const;

    [[nodiscard]] std::shared_ptr<const model::Site> site_of(std::size_t place, bool is_secure);
    void add_listeners(std::size_t place, model::Model& model);
    void add_udp_listeners(const ReadyEntryPoint& entry_point, model::Model& model) const;

    Compiler& compiler_;
    const CompilerOptions& options_;
    const std::vector<Provided>& provided_;
    std::vector<std::string> choices_;   // being made, each part of the one before
};

}   // namespace gatehouse::traefik

#include "faces/traefik/compile_choice.h"

#include "faces/traefik/names.h"
#include "faces/traefik/unused_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace gatehouse::traefik {
namespace {

using Kind = model::ServiceChoice::Kind;

constexpr std::int64_t max_weight = 1'000'000;
constexpr std::size_t most_parts = 1000;
constexpr std::int64_t all = 100;   // percent

class Making {
public:
    Making(const std::string& name, const Service& written, const FindPart& find)
        : name_(name), written_(written), find_(find) {
        made_->name = name;
    }

    CompiledService make() {
        auto unused = unused_options(written_);
        result_.errors = std::move(unused.errors);
        result_.notices = std::move(unused.notices);
        if (written_.source.broken) fail("has a mistake in it");
        if (result_.errors.empty()) choose_kind();
        if (result_.errors.empty()) result_.choice = std::move(made_);
        return std::move(result_);
    }

private:
    void fail(std::string sentence) { result_.errors.push_back(std::move(sentence)); }

    void choose_kind() {
        if (written_.weighted) {
            made_->kind = Kind::weighted;
            mind_health(written_.weighted->health_check.has_value());
            add_all(written_.weighted->services);
            if (written_.weighted->sticky && written_.weighted->sticky->cookie)
                stick(*written_.weighted->sticky->cookie);
        } else if (written_.highest_random_weight) {
            made_->kind = Kind::rendezvous;
            mind_health(written_.highest_random_weight->health_check.has_value());
            add_all(written_.highest_random_weight->services);
        } else if (written_.mirroring) {
            made_->kind = Kind::mirrored;
            mirror(*written_.mirroring);
        } else if (written_.failover) {
            made_->kind = Kind::failover;
            fail_over(*written_.failover);
        }
    }

    void mind_health(bool wanted) { made_->minds_health = result_.reports_health = wanted; }

    // `reports`: it must be known whether the part is down.
    void add(const std::string& written, model::ServicePart part, bool reports) {
        part.name = written;
        if (written.empty()) return fail("names no service where one is needed");
        auto found = find_(qualify(written, provider_of(name_)));
        if (!found.problem.empty()) return fail(std::move(found.problem));
        if (reports && !found.reports_health) {
            return fail(fmt::format(
                "service \"{}\" has no healthCheck: without one it is never known to be down", written));
        }
        part.forward = std::move(found.forward);
        part.choice = std::move(found.choice);
        part.cookie = model::sticky_value_of_name(written);
        made_->parts.push_back(std::move(part));
    }

    void add_all(const std::vector<WeightedService>& services) {
        if (services.size() > most_parts) return fail(fmt::format("has more than {} services", most_parts));
        for (const WeightedService& service : services) {
            if (service.weight < 0 || service.weight > max_weight) {
                fail(fmt::format("weight {}: it must be from 0 to {}", service.weight, max_weight));
                continue;
            }
            add(service.name, {.name = {}, .weight = static_cast<unsigned>(service.weight)},
                made_->minds_health);
        }
        if (services.empty()) result_.notices.emplace_back("has no services: its routers answer 503");
        std::vector<unsigned> weights;
        for (const auto& part : made_->parts) weights.push_back(part.weight);
        if (made_->kind == Kind::weighted) made_->order = model::smooth_weighted_order(weights);
    }

    void stick(const Cookie& written) { made_->sticky = compile_cookie(written, name_); }

    void mirror(const Mirroring& written) {
        result_.reports_health = written.health_check.has_value();
        add(written.service, {}, result_.reports_health);
        for (const MirrorService& mirror : written.mirrors) {
            if (mirror.percent < 0 || mirror.percent > all)
                fail(fmt::format("percent {}: it must be from 0 to 100", mirror.percent));
            add(mirror.name, {.name = {}, .percent = static_cast<unsigned>(mirror.percent)}, false);
        }
        if (written.mirrors.size() > most_parts) fail(fmt::format("has more than {} mirrors", most_parts));
        made_->mirrors_body = written.mirror_body;
        if (written.max_body_size >= 0)
            made_->most_body_bytes = static_cast<std::uint64_t>(written.max_body_size);
    }

    void fail_over(const Failover& written) {
        const bool by_status = written.errors && !written.errors->status.empty();
        mind_health(written.health_check.has_value());
        add(written.service, {}, !by_status);
        add(written.fallback, {}, made_->minds_health);
        if (!by_status) return;
        std::string all_ranges;
        for (const auto& text : written.errors->status) all_ranges += (all_ranges.empty() ? "" : ",") + text;
        const auto ranges = model::StatusRanges::parse(all_ranges);
        if (!ranges) return fail(fmt::format("errors.status \"{}\" is no list of statuses", all_ranges));
        made_->failing = *ranges;
        if (written.errors->max_request_body_bytes >= 0)
            made_->most_body_bytes = static_cast<std::uint64_t>(written.errors->max_request_body_bytes);
    }

    const std::string& name_;
    const Service& written_;
    const FindPart& find_;
    std::shared_ptr<model::ServiceChoice> made_ = std::make_shared<model::ServiceChoice>();
    CompiledService result_;
};

}   // namespace

bool is_choice(const Service& written) {
    return !written.load_balancer &&
           (written.weighted || written.highest_random_weight || written.mirroring || written.failover);
}

CompiledService compile_choice(const std::string& name, const Service& written, const FindPart& find) {
    return Making(name, written, find).make();
}

}   // namespace gatehouse::traefik

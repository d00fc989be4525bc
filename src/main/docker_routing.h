#pragma once
// DockerRouting: keeps a model true to the containers of an engine while the gateway runs. It reads each
// container that changed, compiles, and hands the model on; what every container got, and why, goes to the
// error log when it changes and is there to be asked for. Control's thread. close() before the end.

#include "faces/traefik/compile.h"
#include "faces/traefik/report.h"
#include "providers/docker/container_names.h"
#include "providers/docker/container_watch.h"
#include "providers/docker/own_container.h"

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace gatehouse::process {

struct DockerSettings {
    traefik::ContainerRules rules;
    std::string endpoint;   // "unix:///var/run/docker.sock"
    bool names = false;     // containers' names are known wherever names are looked up
};

struct TraefikServing;   // traefik_configuration.h

class DockerRouting {
public:
    using Apply = std::function<void(model::Model)>;
    using Tell = std::function<void(docker::NameChange)>;

    // `serving` has settings of Docker. `apply` is called with a whole model, `tell_name` with what names of
    // containers lead to, where the settings want that. `own`: which container we may be in.
    DockerRouting(loop::Loop& loop, std::shared_ptr<const TraefikServing> serving,
                  std::unique_ptr<docker::EngineDoor> door, docker::OwnContainer own, Apply apply,
                  Tell tell_name);

    // Another configuration with the same engine: all that is known is read anew.
    [[nodiscard]] model::Model use(std::shared_ptr<const TraefikServing> serving);
    [[nodiscard]] const std::shared_ptr<const TraefikServing>& serving() const { return serving_; }
    // Hands on once more what is known now.
    void apply_again() { apply_(compile()); }
    [[nodiscard]] const std::string& endpoint() const { return endpoint_; }

    [[nodiscard]] const traefik::Verdicts& verdicts() const { return knowledge_->merged.verdicts(); }
    [[nodiscard]] const traefik::States& states() const { return knowledge_->compiler.states(); }
    [[nodiscard]] loop::Task<void> close() { return watch_.close(); }

private:
    // What is reported of, when somebody asks: changed, and read by whoever makes a report, under the mutex.
    struct Knowledge {
        explicit Knowledge(traefik::CompilerOptions options) : compiler(std::move(options)) {}
        std::mutex mutex;
        traefik::MergedContainers merged;
        std::vector<traefik::Provided> provided;
        traefik::Compiler compiler;
        std::vector<std::shared_ptr<const model::Service>> services;   // of the latest model
    };

    void take(std::vector<docker::ContainerChange> changes);
    void make_reader();
    void read(const std::string& id);
    void follow_names(const std::vector<docker::ContainerChange>& changes);
    void tell_names(std::vector<docker::NameChange> changes);
    void provide();
    [[nodiscard]] model::Model compile();
    void tell(const std::vector<std::string>& containers);
    void report();

    std::shared_ptr<const TraefikServing> serving_;
    const std::string endpoint_;
    std::unique_ptr<const traefik::ContainerReader> reader_;
    const Apply apply_;
    const Tell tell_name_;
    docker::OwnContainer own_;
    docker::ContainerNames names_;
    const std::unique_ptr<docker::EngineDoor> door_;
    std::map<std::string, std::shared_ptr<const model::ContainerFacts>> containers_;   // by id
    const std::shared_ptr<Knowledge> knowledge_;
    std::map<std::string, traefik::ContainerVerdict> told_;   // by id
    bool is_new_ = true;                                      // what all is compiled with
    docker::ContainerWatch watch_;
};

}   // namespace gatehouse::process

#pragma once
// The facts of containers as this face calls them. They are in model, because providers write them and may
// not include a face, and because another face may read them too.

#include "model/container_facts.h"

namespace gatehouse::traefik {

using model::ContainerFacts;
using model::ContainerNetwork;
using model::ContainerPort;
using model::PortBinding;

}   // namespace gatehouse::traefik

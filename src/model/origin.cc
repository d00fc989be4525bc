#include "model/origin.h"

namespace gatehouse::model {

std::string Origin::describe() const {
    if (!source) return "built in";
    std::string text = *source;
    if (line > 0) text += ":" + std::to_string(line);
    if (line > 0 && column > 0) text += ":" + std::to_string(column);
    return text;
}

}   // namespace gatehouse::model

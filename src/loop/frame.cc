#include "loop/frame.h"

namespace gatehouse::loop {

constinit thread_local FrameLists frame_lists;

}   // namespace gatehouse::loop

#include "widgets/parts/sight.h"

#include <QWindow>

namespace spillway {

bool isOutOfSight(const QWidget& widget) {
    const QWidget* top = widget.window();
    const QWindow* handle = top->windowHandle();
    return top->isMinimized() || (top->isVisible() && handle && !handle->isExposed());
}

}  // namespace spillway

// Whether anybody can see a widget's window at all.
#pragma once

#include <QWidget>

namespace spillway {

// Minimised, or on another desktop: what is drawn there is drawn for nobody.
[[nodiscard]] bool isOutOfSight(const QWidget& widget);

}  // namespace spillway

// A button that says why it cannot be pressed, to the eye and to a screen reader.
#pragma once

#include <QString>

class QAbstractButton;

namespace spillway {

// `gap` not empty: disabled, for this reason. `hint`: what it does while it can be pressed.
void explainButton(QAbstractButton& button, const QString& gap, const QString& hint);

}  // namespace spillway

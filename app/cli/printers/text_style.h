// How text is shown on a terminal. Pure.
#pragma once

#include <QString>

namespace spillway {

struct TextStyle {
    bool colours = false;
    int width = 0;  // columns of the terminal; 0: everything, however long its lines get
};

enum class Paint { none, critical, warning, good, faint, strong };
// `text` between escape sequences, or as it is when `on` is false or the paint is none.
[[nodiscard]] QString painted(const QString& text, Paint paint, bool on);

// Characters without the escape sequences of painted().
[[nodiscard]] qsizetype visibleLength(QStringView text);
// Lines longer than `width` are broken at blanks; what follows stands under the text that came after the
// label ("CRITICAL  text", "    --option   text"). A word longer than the width stays whole. 0: as it is.
[[nodiscard]] QString fitted(const QString& text, int width);
// At most `length` characters, the last one "…" where some are missing.
[[nodiscard]] QString shortened(const QString& text, qsizetype length);

}  // namespace spillway

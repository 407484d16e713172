#include "widgets/parts/explained_button.h"

#include <QAbstractButton>

#include "widgets/parts/safe_label.h"

namespace spillway {

void explainButton(QAbstractButton& button, const QString& gap, const QString& hint) {
    button.setEnabled(gap.isEmpty());
    const QString& text = gap.isEmpty() ? hint : gap;
    button.setToolTip(plainToolTip(text));
    button.setAccessibleDescription(text);
}

}  // namespace spillway

#include "widgets/acting/action_bar.h"

#include <QPainter>
#include <QPainterPath>

#include "backends/domain/human_text.h"
#include "widgets/parts/theme.h"

namespace spillway {
using namespace Qt::StringLiterals;

ActionBar::ActionBar(QWidget* parent) : QWidget(parent) {
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
}

void ActionBar::setCounts(const OutcomeCounts& counts) {
    m_counts = counts;
    setAccessibleName(
        u"%1 of %2 jobs dealt with"_s.arg(exactCountText(counts.touched()), exactCountText(counts.planned)));
    update();
}

void ActionBar::paintEvent(QPaintEvent*) {
    const ThemeTokens& tokens = currentTokens();
    const auto& c = m_counts;
    const std::pair<qint64, QColor> parts[] = {{c.moved, tokens.good},
                                               {c.changed + c.conflict + c.gone, tokens.secondary},
                                               {c.failed + c.unknown, tokens.critical}};
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    QPainterPath shape;
    shape.addRoundedRect(rect(), height() / 2.0, height() / 2.0);
    painter.setClipPath(shape);
    painter.fillRect(rect(), tokens.hairline);
    const double whole = static_cast<double>(std::max<qint64>({1, c.planned, c.touched()}));
    double left = 0;
    for (const auto& [jobs, color] : parts) {
        const double part = width() * static_cast<double>(jobs) / whole;
        painter.fillRect(QRectF(left, 0, part, height()), color);
        left += part;
    }
}

}  // namespace spillway

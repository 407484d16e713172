#include "widgets/dead/age_strip.h"

#include <QHelpEvent>
#include <QKeyEvent>
#include <QPainter>
#include <QToolTip>
#include <algorithm>
#include <cmath>

#include "backends/domain/human_text.h"
#include "backends/health/dead_letter_age.h"
#include "widgets/models/queue_cells.h"
#include "widgets/parts/safe_label.h"
#include "widgets/parts/theme.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr qreal kBucketGap = 6;
constexpr qreal kLeast = 2;  // of a bar that is not zero

// Older than a day wants a look, older than a week is late: the limits of the findings.
QColor colorOf(int bucket, const ThemeTokens& tokens) {
    return bucket >= 3 ? tokens.critical : bucket == 2 ? tokens.warning : tokens.selection;
}

QFont smallFont(const QWidget& widget) {
    QFont font = widget.font();
    font.setPointSizeF(font.pointSizeF() * 0.88);
    return font;
}

}  // namespace

AgeSpan ageSpanOf(int bucket) {
    constexpr double hour = 3600, day = 86'400;
    static constexpr std::array<double, kDeadAgeBuckets> from{0, hour, day, 7 * day, 30 * day, 90 * day};
    const auto at = static_cast<size_t>(std::clamp(bucket, 0, kDeadAgeBuckets - 1));
    return {from[at], at + 1 < from.size() ? std::optional(from[at + 1]) : std::nullopt};
}

AgeStrip::AgeStrip(QWidget* parent) : QWidget(parent) {
    setFocusPolicy(Qt::TabFocus);
    setMouseTracking(true);
    setCursor(Qt::PointingHandCursor);
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
    setBuckets({});
}

void AgeStrip::setBuckets(const std::array<Count, kDeadAgeBuckets>& buckets) {
    m_buckets = buckets;
    QStringList parts;
    for (int i = 0; i < kDeadAgeBuckets; ++i)
        parts << u"%1: %2"_s.arg(deadAgeBucketName(i), countText(m_buckets[static_cast<size_t>(i)]));
    setAccessibleName(u"Dead letters by age"_s);
    setAccessibleDescription(parts.join(u", "_s));
    update();
}

void AgeStrip::setStale(bool stale) {
    m_stale = stale;
    update();
}

bool AgeStrip::knowsAnything() const {
    return std::any_of(m_buckets.begin(), m_buckets.end(), [](const Count& n) { return n.known(); });
}

QSize AgeStrip::sizeHint() const {
    return {kDeadAgeBuckets * fontMetrics().horizontalAdvance(u"30–90 d9"_s), fontMetrics().height() * 4 + 4};
}

QSize AgeStrip::minimumSizeHint() const {
    const QFontMetrics metrics(smallFont(*this));
    return {kDeadAgeBuckets * (metrics.horizontalAdvance(u"30–90 d"_s) + static_cast<int>(kBucketGap)),
            sizeHint().height()};
}

QRectF AgeStrip::placeOf(int bucket) const {
    const qreal width = (this->width() + kBucketGap) / kDeadAgeBuckets;
    return {bucket * width, 0, width - kBucketGap, static_cast<qreal>(height())};
}

int AgeStrip::bucketAt(const QPointF& at) const {
    for (int i = 0; i < kDeadAgeBuckets; ++i)
        if (placeOf(i).contains(at)) return i;
    return -1;
}

void AgeStrip::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setFont(smallFont(*this));
    double largest = 0;
    for (const Count& n : m_buckets) largest = std::max(largest, static_cast<double>(n.valueOr(0)));
    for (int i = 0; i < kDeadAgeBuckets; ++i) paintBucket(painter, i, largest);
}

// Heights by square root: a handful beside millions stays visible, and the figure says the rest.
void AgeStrip::paintBucket(QPainter& painter, int bucket, double largest) const {
    const ThemeTokens& tokens = currentTokens();
    const Count& n = m_buckets[static_cast<size_t>(bucket)];
    const QRectF place = placeOf(bucket);
    const qreal line = QFontMetricsF(painter.font()).height();
    const QRectF bars(place.left(), line + 2, place.width(), place.height() - 2 * line - 5);
    const auto jobs = static_cast<double>(n.valueOr(0));
    const qreal height = jobs > 0 ? std::max(kLeast, bars.height() * std::sqrt(jobs / largest)) : 0;
    const QColor color = m_stale ? tokens.secondary : colorOf(bucket, tokens);
    painter.fillRect(QRectF(bars.left(), bars.bottom(), bars.width(), 1), tokens.hairline);
    painter.fillRect(QRectF(bars.left(), bars.bottom() - height, bars.width(), height), color);
    painter.setPen(jobs > 0 && !m_stale ? tokens.text : tokens.secondary);
    painter.drawText(QRectF(place.left(), bars.bottom() - height - line - 1, place.width(), line),
                     Qt::AlignHCenter | Qt::AlignBottom, countText(n));
    painter.setPen(tokens.secondary);
    painter.drawText(
        QRectF(place.left() - kBucketGap / 2, place.bottom() - line, place.width() + kBucketGap, line),
        Qt::AlignHCenter | Qt::AlignBottom, deadAgeBucketName(bucket));
    if (hasFocus() && bucket == m_current) {
        painter.setPen(tokens.selection);
        painter.drawRect(place.adjusted(0.5, 0.5, -0.5, -0.5));
    }
}

bool AgeStrip::event(QEvent* event) {
    if (event->type() != QEvent::ToolTip) return QWidget::event(event);
    auto* help = static_cast<QHelpEvent*>(event);
    const int bucket = bucketAt(help->pos());
    if (bucket < 0) return true;
    const Count& n = m_buckets[static_cast<size_t>(bucket)];
    const QString exact = n.known() ? exactCountText(*n.value) + u' ' : QString();
    QToolTip::showText(help->globalPos(),
                       plainToolTip(u"Died %1 ago: %2%3\nClick to see only these."_s.arg(
                           deadAgeBucketName(bucket), exact, provenanceText(n.provenance, n.method))),
                       this);
    return true;
}

void AgeStrip::mouseReleaseEvent(QMouseEvent* event) {
    const int bucket = bucketAt(event->position());
    if (event->button() == Qt::LeftButton && bucket >= 0) emit bucketActivated(bucket);
}

void AgeStrip::keyPressEvent(QKeyEvent* event) {
    if (event->key() == Qt::Key_Left || event->key() == Qt::Key_Right) {
        m_current = std::clamp(m_current + (event->key() == Qt::Key_Left ? -1 : 1), 0, kDeadAgeBuckets - 1);
        return update();
    }
    if (event->key() == Qt::Key_Return || event->key() == Qt::Key_Space)
        return emit bucketActivated(m_current);
    QWidget::keyPressEvent(event);
}

void AgeStrip::focusInEvent(QFocusEvent* event) {
    QWidget::focusInEvent(event);
    update();
}

void AgeStrip::focusOutEvent(QFocusEvent* event) {
    QWidget::focusOutEvent(event);
    update();
}

}  // namespace spillway

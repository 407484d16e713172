// How old the dead letters are, in six bars from young to old; a click on a bar narrows the list to it.
#pragma once

#include <QWidget>
#include <array>

#include "backends/domain/queue_reading.h"

namespace spillway {

class AgeStrip : public QWidget {
    Q_OBJECT
public:
    explicit AgeStrip(QWidget* parent = nullptr);

    void setBuckets(const std::array<Count, kDeadAgeBuckets>& buckets);
    void setStale(bool stale);
    [[nodiscard]] bool knowsAnything() const;

    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;

signals:
    void bucketActivated(int bucket);

protected:
    bool event(QEvent* event) override;
    void paintEvent(QPaintEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;

private:
    [[nodiscard]] QRectF placeOf(int bucket) const;
    [[nodiscard]] int bucketAt(const QPointF& at) const;  // -1: none
    void paintBucket(QPainter& painter, int bucket, double largest) const;

    std::array<Count, kDeadAgeBuckets> m_buckets;
    int m_current = 0;  // by keyboard
    bool m_stale = false;
};

// The ages that a bucket spans, seconds; no upper end for the last.
struct AgeSpan {
    double from = 0;
    std::optional<double> to;
};
[[nodiscard]] AgeSpan ageSpanOf(int bucket);

}  // namespace spillway

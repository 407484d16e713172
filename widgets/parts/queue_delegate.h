// Paints the cells of the queue table: state sign, name, trend, figures with their own sign where one is
// loud. Only what is visible is ever turned into text.
#pragma once

#include <QStyledItemDelegate>

#include "widgets/models/queue_cells.h"

namespace spillway {

class QueueTableProxy;

class QueueDelegate : public QStyledItemDelegate {
    Q_OBJECT
public:
    explicit QueueDelegate(const QueueTableProxy* proxy, QObject* parent = nullptr);

    // The connection and the system under the name, for where their column has no room.
    void setWithPlace(bool withPlace) { m_with_place = withPlace; }
    [[nodiscard]] bool withPlace() const { return m_with_place; }

    void paint(QPainter* painter, const QStyleOptionViewItem& option,
               const QModelIndex& index) const override;
    [[nodiscard]] QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override;

private:
    const QueueTableProxy* m_proxy;
    bool m_with_place = false;
};

// The line of `values` (NaN: gap) between their own minimum and maximum, filled down to the ground.
void paintSparkline(QPainter& painter, const QRectF& place, const std::vector<float>& values,
                    const QColor& color);

}  // namespace spillway

#include "widgets/parts/row_menu.h"

#include <QMenu>

namespace spillway {

void onRowMenu(QAbstractItemView& view, std::function<void(QMenu&, const QModelIndex&)> fill) {
    view.setContextMenuPolicy(Qt::CustomContextMenu);
    const auto open = [&view, fill = std::move(fill)](const QPoint& at) {
        const QModelIndex pointed = view.indexAt(at);
        const QModelIndex row = pointed.isValid() ? pointed : view.currentIndex();
        if (!row.isValid()) return;
        if (!view.selectionModel()->isSelected(row)) view.setCurrentIndex(row);
        auto* menu = new QMenu(&view);
        menu->setAttribute(Qt::WA_DeleteOnClose);
        fill(*menu, row);
        if (menu->isEmpty()) return menu->deleteLater();
        const QPoint corner = pointed.isValid() ? at : view.visualRect(row).bottomLeft();
        menu->popup(view.viewport()->mapToGlobal(corner));
    };
    QObject::connect(&view, &QWidget::customContextMenuRequested, &view, open);
}

}  // namespace spillway

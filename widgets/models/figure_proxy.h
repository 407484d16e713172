// Order and filter of a table of some hundreds of rows: sorts by RawRole, unknown figures last in both
// directions; the filter looks for its text in every column. Follows changes by itself.
#pragma once

#include <QSortFilterProxyModel>

namespace spillway {

class FigureProxy : public QSortFilterProxyModel {
    Q_OBJECT
public:
    explicit FigureProxy(QAbstractItemModel* model, QObject* parent = nullptr);

    void setFilterText(const QString& text);
    [[nodiscard]] QString filterText() const { return m_text; }
    // As a click on a title does: figures largest first, names from A to Z, a second click the other way
    // round.
    void sortBy(int column);
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

protected:
    [[nodiscard]] bool lessThan(const QModelIndex& left, const QModelIndex& right) const override;
    [[nodiscard]] bool filterAcceptsRow(int row, const QModelIndex& parent) const override;

private:
    QString m_text;
};

}  // namespace spillway

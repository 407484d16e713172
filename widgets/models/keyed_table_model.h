// A table whose rows have keys: a poll brings a whole new list, and only what changed is announced, so that
// selection, current row and scroll position survive. A Row has a QString `key` and operator==; of rows with
// the same key each is shown, told apart by their order. GUI thread.
#pragma once

#include <QAbstractTableModel>
#include <QHash>
#include <QSet>
#include <vector>

namespace spillway {

template <typename Row>
class KeyedTableModel : public QAbstractTableModel {
public:
    using QAbstractTableModel::QAbstractTableModel;

    [[nodiscard]] const Row& row(int index) const { return m_rows[static_cast<size_t>(index)]; }
    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override {
        return parent.isValid() ? 0 : static_cast<int>(m_rows.size());
    }

protected:
    // New rows come last: order is the proxy's business.
    void setRows(std::vector<Row> fresh) {
        QHash<QString, size_t> places;
        QHash<QString, int> namesakes;
        for (size_t i = 0; i < fresh.size(); ++i) {
            if (const int before = namesakes[fresh[i].key]++; before > 0)
                fresh[i].key += QChar(0x1f) + QString::number(before + 1);
            places.insert(fresh[i].key, i);
        }
        removeOthers(places);
        updateKnown(fresh, places);
        append(fresh, places);
    }

private:
    void removeOthers(const QHash<QString, size_t>& places) {
        for (int last = rowCount() - 1; last >= 0; --last) {
            if (places.contains(row(last).key)) continue;
            int first = last;
            while (first > 0 && !places.contains(row(first - 1).key)) --first;
            beginRemoveRows({}, first, last);
            m_rows.erase(m_rows.begin() + first, m_rows.begin() + last + 1);
            endRemoveRows();
            last = first;
        }
    }
    void updateKnown(std::vector<Row>& fresh, QHash<QString, size_t>& places) {
        int first = -1, last = -1;
        for (int i = 0; i < rowCount(); ++i) {
            Row& old = m_rows[static_cast<size_t>(i)];
            Row& now = fresh[places.take(old.key)];
            if (old == now) continue;
            old = std::move(now);
            first = first < 0 ? i : first;
            last = i;
        }
        if (first >= 0) emit dataChanged(index(first, 0), index(last, columnCount() - 1));
    }
    void append(std::vector<Row>& fresh, const QHash<QString, size_t>& places) {
        if (places.isEmpty()) return;
        beginInsertRows({}, rowCount(), rowCount() + static_cast<int>(places.size()) - 1);
        for (size_t i = 0; i < fresh.size(); ++i)
            if (const auto it = places.find(fresh[i].key); it != places.end() && it.value() == i)
                m_rows.push_back(std::move(fresh[i]));
        endInsertRows();
    }

    std::vector<Row> m_rows;
};

}  // namespace spillway

// Which columns of a table are shown, and how wide. As many as have room: one takes what is left, some give
// way in a fixed order, some are left out while there is nothing in them. A person chooses otherwise in the
// menu of the header; that choice, widths and places can be kept. Lives as long as its table.
#pragma once

#include <QByteArray>
#include <QObject>
#include <QTimer>
#include <set>
#include <utility>
#include <vector>

class QMenu;
class QPoint;
class QTableView;

namespace spillway {

class ColumnFit : public QObject {
    Q_OBJECT
public:
    struct Plan {
        std::vector<double> digits;    // width of each column in digits; of the stretched one the least
        int stretched = 0;             // takes what is left
        std::vector<int> dispensable;  // the first goes first
        std::set<int> always = {0};    // cannot be chosen away
        // Not shown while every row has "–" or nothing there; the stretched one then only gets what is left.
        std::vector<int> mayBeEmpty = {};
        // Column and digits at most: in this order they widen where the stretched one does not need the room.
        std::vector<std::pair<int, double>> growing = {};
    };
    // After the table has its model.
    ColumnFit(QTableView* table, Plan plan);

    void setUnneeded(int column, bool unneeded);  // hidden however much room there is
    void fit();
    void choose(const QPoint& globalAt);      // the menu
    void setShown(int column, bool shown);    // as a person does in the menu
    [[nodiscard]] int hiddenColumns() const;  // those with something in them

    // To be kept by the caller over restarts. What does not suit the table is ignored.
    [[nodiscard]] QByteArray saveState() const;
    void restoreState(const QByteArray& state);

signals:
    void fitted();

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void watchRows();
    void lookForEmptyOnes();
    void fillMenu(QMenu& menu);
    void grow();

    [[nodiscard]] std::set<int> withoutRoom() const;
    [[nodiscard]] int widthOf(int column) const;
    [[nodiscard]] int columns() const { return static_cast<int>(m_plan.digits.size()); }

    QTableView* m_table;
    Plan m_plan;
    std::set<int> m_unneeded;
    std::set<int> m_empty;
    QTimer m_look;
    bool m_fitting = false;
    std::set<int> m_widened;  // a person gave them their width
    bool m_byHand = false;    // a person chose
    std::set<int> m_hidden;   // by that choice
};

}  // namespace spillway

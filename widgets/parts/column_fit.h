// Shows as many columns of a table as have room: one takes what is left, some give way in a fixed order.
// Lives as long as its table.
#pragma once

#include <QObject>
#include <set>
#include <vector>

class QTableView;

namespace spillway {

class ColumnFit : public QObject {
    Q_OBJECT
public:
    struct Plan {
        std::vector<double> digits;    // width of each column in digits; of the stretched one the least
        int stretched = 0;             // takes what is left
        std::vector<int> dispensable;  // the first goes first
    };
    ColumnFit(QTableView* table, Plan plan);

    void setUnneeded(int column, bool unneeded);  // hidden however much room there is
    void fit();

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    QTableView* m_table;
    Plan m_plan;
    std::set<int> m_unneeded;
};

}  // namespace spillway

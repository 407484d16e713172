// Cards two by two, or in one column where two would be too narrow to read. As high as the place they are
// looked at through, so that the first screen is theirs and the next part just shows.
#pragma once

#include <QWidget>
#include <vector>

class QGridLayout;

namespace spillway {

class CardGrid : public QWidget {
    Q_OBJECT
public:
    explicit CardGrid(QWidget* parent = nullptr);

    void addCard(QWidget* card);
    void fillViewport(QWidget* viewport);
    [[nodiscard]] int columns() const { return m_columns; }

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void arrange();

    QGridLayout* m_grid;
    std::vector<QWidget*> m_cards;
    QWidget* m_viewport = nullptr;
    int m_columns = 0;
};

}  // namespace spillway

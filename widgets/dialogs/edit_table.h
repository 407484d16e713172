// A small table that a person fills in: a row each, "Add" and "Remove" below it. Holds texts only.
#pragma once

#include <QStringList>
#include <QTableWidget>
#include <QWidget>
#include <vector>

class QPushButton;

namespace spillway {

struct EditColumn {
    QString title;
    QString hint;
    int width = 90;  // the last one takes what is left
};

class EditTable : public QWidget {
    Q_OBJECT
public:
    EditTable(const QString& name, std::vector<EditColumn> columns, QWidget* parent = nullptr);

    void setRows(const std::vector<QStringList>& rows);
    [[nodiscard]] std::vector<QStringList> rows() const;  // trimmed, without those that are empty throughout
    [[nodiscard]] QTableWidget* table() const { return m_table; }

signals:
    void changed();

private:
    void addRow(const QStringList& texts);

    QTableWidget* m_table;
    QPushButton* m_remove;
};

}  // namespace spillway

// How far a connection came: a line for each stage that has ended, with the server's words and the next step.
#pragma once

#include <QWidget>

#include "backends/domain/trial.h"

class QVBoxLayout;

namespace spillway {

class StageList : public QWidget {
    Q_OBJECT
public:
    explicit StageList(QWidget* parent = nullptr);

    void clear();  // and hides
    void add(const StageResult& stage);

private:
    QVBoxLayout* m_lines;
};

}  // namespace spillway

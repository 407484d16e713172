#include "widgets/dialogs/stage_list.h"

#include <QHBoxLayout>
#include <QVBoxLayout>

#include "widgets/parts/icon.h"
#include "widgets/parts/safe_label.h"
#include "widgets/parts/theme.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr int kIconSize = 14;
constexpr int kNameWidth = 64;

QString stageTitle(TrialStage stage) {
    switch (stage) {
        case TrialStage::name:
            return u"Name"_s;
        case TrialStage::tcp:
            return u"TCP"_s;
        case TrialStage::tls:
            return u"TLS"_s;
        case TrialStage::login:
            return u"Login"_s;
        case TrialStage::rights:
            return u"Rights"_s;
        case TrialStage::systems:
            break;
    }
    return u"Queues"_s;
}

QLabel* iconOf(StageEnd end, qreal ratio) {
    const ThemeTokens& tokens = currentTokens();
    auto* icon = new QLabel;
    if (end != StageEnd::skipped)
        icon->setPixmap(iconPixmap(end == StageEnd::ok ? u"good"_s : u"failed"_s,
                                   end == StageEnd::ok ? tokens.good : tokens.critical, kIconSize, ratio));
    icon->setFixedWidth(kIconSize);
    icon->setAccessibleName(stageEndName(end));
    return icon;
}

SafeLabel* said(const QString& text, LabelRole role) {
    auto* label = new SafeLabel(text, role);
    label->setWordWrap(true);
    label->setTextInteractionFlags(Qt::TextSelectableByMouse);
    return label;
}

}  // namespace

StageList::StageList(QWidget* parent) : QWidget(parent), m_lines(new QVBoxLayout(this)) {
    m_lines->setContentsMargins(4, 0, 4, 0);
    m_lines->setSpacing(4);
    hide();
}

void StageList::clear() {
    while (QLayoutItem* item = m_lines->takeAt(0)) {
        delete item->widget();
        delete item;
    }
    hide();
}

void StageList::add(const StageResult& stage) {
    const LabelRole role = stage.end == StageEnd::skipped ? LabelRole::secondary : LabelRole::body;
    auto* line = new QWidget;
    auto* row = new QHBoxLayout(line);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(8);
    auto* name = new SafeLabel(stageTitle(stage.stage),
                               stage.end == StageEnd::skipped ? LabelRole::secondary : LabelRole::strong);
    name->setFixedWidth(kNameWidth);
    auto* words = new QVBoxLayout;
    words->setSpacing(2);
    words->addWidget(said(stage.what, role));
    words->itemAt(0)->widget()->setAccessibleName(
        u"%1 %2"_s.arg(stageTitle(stage.stage), stageEndName(stage.end)));
    // What ended it all is told below in full; a missing right ends nothing.
    if (stage.end != StageEnd::failed || stage.stage == TrialStage::rights)
        for (const QString& more : {stage.server_said, stage.next_step})
            if (!more.isEmpty()) words->addWidget(said(more, LabelRole::secondary));
    row->addWidget(iconOf(stage.end, devicePixelRatioF()), 0, Qt::AlignTop);
    row->addWidget(name, 0, Qt::AlignTop);
    row->addLayout(words, 1);
    m_lines->addWidget(line);
    show();
}

}  // namespace spillway

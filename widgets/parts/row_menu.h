// The menu of a row in a table or list: right click, or the Menu key for the current row.
#pragma once

#include <QAbstractItemView>
#include <functional>

class QMenu;

namespace spillway {

// `fill` gets an empty menu and the row; what it leaves empty does not open. A row that was not selected is
// selected first, so that the menu is about what is marked. The list may change while the menu is open:
// actions keep values, not indexes.
void onRowMenu(QAbstractItemView& view, std::function<void(QMenu&, const QModelIndex&)> fill);

}  // namespace spillway

// What a table model tells CellDelegate and FigureProxy beyond the text of a cell.
#pragma once

#include <Qt>

namespace spillway {

enum CellRole {
    RawRole = Qt::UserRole,  // what to sort by: double (NaN: unknown) or QString
    RefRole,                 // QueueRef
    LoudRole,                // int of Severity: the cell gets its sign and colour; invalid: plain
    DimRole,                 // bool: nothing to see, or old
    StrongRole,              // bool: in bold
    MiddleRole,              // bool: cut in the middle, because the end tells names apart
    CopyRole  // QString: exact, for other programs; of a header: with the unit. Invalid: as shown
};

}  // namespace spillway

"""What a scanner that types as a US keyboard writes on another layout, by libxkbcommon."""

import ctypes

BASE45 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_SHIFT, _CAPS_LOCK = 50, 66  # keycodes of evdev
_KEYS = [*range(9, 63), 65]     # those of letters, digits, signs and the blank; not the keypad

_xkb = ctypes.CDLL("libxkbcommon.so.0")
for _name in ("xkb_context_new", "xkb_keymap_new_from_names", "xkb_state_new"):
    getattr(_xkb, _name).restype = ctypes.c_void_p


class _Names(ctypes.Structure):
    _fields_ = [(name, ctypes.c_char_p) for name in ("rules", "model", "layout", "variant", "options")]


class Layout:
    def __init__(self, name):
        names = _Names(b"evdev", b"pc105", name.encode(), None, None)
        context = ctypes.c_void_p(_xkb.xkb_context_new(0))
        self._keymap = ctypes.c_void_p(_xkb.xkb_keymap_new_from_names(context, ctypes.byref(names), 0))
        _xkb.xkb_context_unref(context)
        assert self._keymap, "xkb-data has no layout " + name

    def __del__(self):
        _xkb.xkb_keymap_unref(self._keymap)

    def _press(self, state, key, shift):
        text = ctypes.create_string_buffer(32)
        _xkb.xkb_state_update_key(state, _SHIFT, int(shift))
        _xkb.xkb_state_key_get_utf8(state, key, text, len(text))
        _xkb.xkb_state_update_key(state, _SHIFT, 0)
        return text.value.decode()

    def _state(self, caps):
        state = ctypes.c_void_p(_xkb.xkb_state_new(self._keymap))
        for down in (1, 0) if caps else ():
            _xkb.xkb_state_update_key(state, _CAPS_LOCK, down)
        return state

    def type(self, text, caps):
        """What appears.  A dead key gives nothing by itself."""
        state = self._state(caps)
        typed = "".join(self._press(state, *_keys[character]) for character in text)
        _xkb.xkb_state_unref(state)
        return typed

    def keys(self):
        """Which key, with Shift or without, gives which character."""
        state = self._state(False)
        keys = {self._press(state, key, shift): (key, shift) for shift in (True, False) for key in _KEYS}
        _xkb.xkb_state_unref(state)
        return keys


_keys = Layout("us").keys()

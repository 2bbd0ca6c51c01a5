/* The doors that one policy serves. */
#ifndef HP_POLICY_DOOR_H
#define HP_POLICY_DOOR_H

/* Whose group of the policy file overrides its other keys: web {}, pam {}, or neither. */
typedef enum { HP_DOOR_NONE, HP_DOOR_WEB, HP_DOOR_PAM } hp_door;

#endif

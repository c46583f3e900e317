// Call Service Kit, from Huawei's reference "voipCall" (harmonyos-references, call-voipcall): `reportIncomingCall` answers INVALID_CALL for a
// call that it does not know, and rejects with 401 without a member that is not optional. What was reported is in `device.calls`.
import { KitError, currentProcess } from './device.mjs';

const app = currentProcess();
const REQUIRED = ['callId', 'voipCallType', 'userName', 'userProfile', 'abilityName', 'voipCallState'];

const ErrorReason = { ERROR_NONE: 0, CELLULAR_CALL_EXISTS: 1, VOIP_CALL_EXISTS: 2, INVALID_CALL: 3, USER_ANSWER_CELLULAR_FIRST: 4 };

function reported(call) {
  (app.device.calls ??= []).push(call);
}

export const voipCall = {
  VoipCallType: { VOIP_CALL_VOICE: 0, VOIP_CALL_VIDEO: 1 },
  VoipCallState: { VOIP_CALL_STATE_IDLE: 0, VOIP_CALL_STATE_RINGING: 1 },
  VoipCallFailureCause: { OTHER: 0, ROUTE_BUSY: 1, CONNECTION_FAILED: 2 },
  ErrorReason,

  async reportIncomingCall(attribute) {
    await app.enterAsync('voipCall.reportIncomingCall');
    if (REQUIRED.some((name) => attribute?.[name] === undefined)) throw new KitError(401, 'Parameter error.');
    if (attribute.callId === '') return ErrorReason.INVALID_CALL;
    if (app.device.cellularCall) return ErrorReason.CELLULAR_CALL_EXISTS;
    reported(attribute);
    return ErrorReason.ERROR_NONE;
  },

  async reportIncomingCallError(callId, cause) {
    await app.enterAsync('voipCall.reportIncomingCallError');
    if (typeof callId !== 'string' || cause === undefined) throw new KitError(401, 'Parameter error.');
    reported({ callId, cause });
  },
};

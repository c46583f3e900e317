// The shapes of `@kit.CallServiceKit` that the example app uses, written from the tables of Huawei's reference "voipCall" (harmonyos-references,
// call-voipcall): names, values, members and signatures. `@since` says from which API level a name exists when the app runs.
import type image from '@ohos.multimedia.image';

export declare namespace voipCall {
  /** @since 11 */
  enum VoipCallType {
    VOIP_CALL_VOICE = 0,
    VOIP_CALL_VIDEO = 1,
  }
  /** @since 11 */
  enum VoipCallState {
    VOIP_CALL_STATE_IDLE = 0,
    VOIP_CALL_STATE_RINGING = 1,
    VOIP_CALL_STATE_ACTIVE = 2,
    VOIP_CALL_STATE_HOLDING = 3,
    VOIP_CALL_STATE_DISCONNECTED = 4,
    VOIP_CALL_STATE_DIALING = 5,
    VOIP_CALL_STATE_ANSWERED = 6,
    VOIP_CALL_STATE_DISCONNECTING = 7,
  }
  /** @since 11 */
  enum ErrorReason {
    ERROR_NONE = 0,
    CELLULAR_CALL_EXISTS = 1,
    VOIP_CALL_EXISTS = 2,
    INVALID_CALL = 3,
    USER_ANSWER_CELLULAR_FIRST = 4,
  }
  /** @since 11 */
  enum VoipCallFailureCause {
    OTHER = 0,
    ROUTE_BUSY = 1,
    CONNECTION_FAILED = 2,
  }
  /** @since 11 */
  interface VoipCallAttribute {
    callId: string;
    voipCallType: VoipCallType;
    userName: string;
    userProfile: image.PixelMap;
    abilityName: string;
    voipCallState: VoipCallState;
    /** @since 12 */
    showBannerForIncomingCall?: boolean;
    /** @since 12 */
    isConferenceCall?: boolean;
    /** @since 12 */
    isVoiceAnswerSupported?: boolean;
  }
  /** @since 11 */
  function reportIncomingCall(voipCallAttribute: VoipCallAttribute): Promise<ErrorReason>;
  /** @since 11 */
  function reportIncomingCallError(callId: string, voipCallFailureCause: VoipCallFailureCause): Promise<void>;
}

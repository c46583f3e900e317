/**
 * The part of Push Kit's client API that PushSeal uses. Huawei ships the declarations with DevEco Studio only;
 * these are written from the public API reference ("pushService", "pushCommon", "AAID",
 * "RemoteNotificationExtensionAbility") for checking without it. Checked against nothing on a device.
 */
import type UIAbility from '@ohos.app.ability.UIAbility';
import type common from '@ohos.app.ability.common';
import type ExtensionAbility from '@ohos.app.ability.ExtensionAbility';
import type { Callback } from '@ohos.base';

/** Push tokens and message delivery. */
export declare namespace pushService {
  /** Rejects with a `BusinessError` 10009000xx. @since 10 */
  function getToken(): Promise<string>;
  /** Also wipes the app's history at Push Kit. @since 10 */
  function deleteToken(): Promise<void>;
  /** Once for each type, synchronously in `onCreate`; throws 401 or 1000900005. @since 10 */
  function receiveMessage(pushType: pushCommon.PushType, ability: UIAbility, onMessage: Callback<pushCommon.PushPayload>): void;
  /** @since 18 */
  function on(type: 'tokenUpdate', ability: UIAbility, callback: Callback<string>): void;
  /** @since 18 */
  function off(type: 'tokenUpdate'): void;
}

/** Shapes that Push Kit's modules share. */
export declare namespace pushCommon {
  /** `'DEFAULT'` exists from API 14. */
  type PushType = 'DEFAULT' | 'IM' | 'VoIP' | 'BACKGROUND' | 'EMERGENCY';

  interface PushPayload {
    type: string;
    /** JSON text. */
    data: string;
  }

  interface RemoteNotificationInfo {
    category: string;
    data: string;
  }

  interface RemoteNotificationContent {
    title?: string;
    text?: string;
    badgeNumber?: number;
    setBadgeNumber?: number;
  }
}

/** The app's anonymous id. */
export declare namespace AAID {
  /** 36 characters. @since 10 */
  function getAAID(): Promise<string>;
  /** @since 10 */
  function deleteAAID(): Promise<void>;
}

/** Rewrites a notification before it is shown, in a light process of its own. @since 11 */
export declare class RemoteNotificationExtensionAbility extends ExtensionAbility {
  context: common.ExtensionContext;
  onReceiveMessage(remoteNotificationInfo: pushCommon.RemoteNotificationInfo): Promise<pushCommon.RemoteNotificationContent>;
  onDestroy(): void;
}

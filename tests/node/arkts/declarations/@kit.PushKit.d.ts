// The shapes of `@kit.PushKit` that PushSeal uses, as the SDK of API 18 (5.1.0) has them: names and signatures as in Huawei's declaration
// files `@hms.core.push.pushService`, `@hms.core.push.pushCommon`, `@hms.core.AAID` and `@hms.core.push.RemoteNotificationExtensionAbility`.
// `@since` says from which API level a name exists when the app runs; the checker wants a version check around what is newer than
// `compatibleSdkVersion`.
import type Ability from '@ohos.app.ability.Ability';
import type common from '@ohos.app.ability.common';
import type image from '@ohos.multimedia.image';
import type { Callback } from '@ohos.base';

export declare namespace pushService {
  /** @since 10 */
  function getToken(): Promise<string>;
  /** @since 10 */
  function deleteToken(): Promise<void>;
  /**
   * `'DEFAULT'` is refused before API 14; until then the parameter of `receiveMessage` was a union of literals without a name.
   * @since 14
   */
  type PushType = 'DEFAULT' | 'IM' | 'VoIP' | 'BACKGROUND' | 'EMERGENCY';
  /** @since 10 */
  function receiveMessage(pushType: PushType, ability: Ability, onMessage: Callback<pushCommon.PushPayload>): void;
  /** @since 10 */
  function bindAppProfileId(appProfileType: pushCommon.AppProfileType, appProfileId: string): Promise<void>;
  /** @since 10 */
  function unbindAppProfileId(appProfileId: string): Promise<void>;
  /** @since 18 */
  function on(type: 'tokenUpdate', ability: Ability, callback: Callback<string>): void;
  /** @since 18 */
  function off(type: 'tokenUpdate', callback?: Callback<string>): void;
}

export declare namespace pushCommon {
  /** @since 10 */
  interface PushPayload {
    type: string;
    data: string;
  }
  /** @since 11 */
  interface VoIPInfo extends PushPayload {
    callId: string;
  }
  /** @since 11 */
  interface RemoteNotificationInfo extends PushPayload {
    id: number;
  }
  /** @since 11 */
  interface RemoteWantAgent {
    abilityName: string;
    parameters?: Record<string, Object>;
  }
  /** @since 11 */
  interface RemoteNotificationContent {
    title?: string;
    text?: string;
    overlayIcon?: image.PixelMap;
    badgeNumber?: number;
    /** @since 12 */
    setBadgeNumber?: number;
    wantAgent?: RemoteWantAgent;
  }
  /** @since 10 */
  enum AppProfileType {
    PROFILE_TYPE_OS_DISTRIBUTED_ACCOUNT = 1,
    PROFILE_TYPE_APPLICATION_ACCOUNT = 2,
  }
}

export declare namespace AAID {
  /** @since 10 */
  function getAAID(): Promise<string>;
  /** @since 10 */
  function deleteAAID(): Promise<void>;
}

/**
 * A class whose declaration was not seen. Taken for an ExtensionContext, because Huawei's sample casts it to a UIExtensionContext.
 * @since 11
 */
export type RemoteNotificationExtensionContext = common.ExtensionContext;

/** @since 11 */
export declare class RemoteNotificationExtensionAbility {
  context: RemoteNotificationExtensionContext;
  onReceiveMessage(info: pushCommon.RemoteNotificationInfo): Promise<pushCommon.RemoteNotificationContent>;
  onDestroy(): void;
}

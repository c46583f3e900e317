/* Double of libace_napi.z.so, the library through which ArkTS's engine offers Node-API.
 *
 * Imitates: "Node-API" in the OpenHarmony guide, "NDK > Node-API": the engine exports napi_*, and a library
 * announces itself with napi_module_register from its constructor. Here Node is the engine and exports napi_*
 * itself, so the double has nothing to add to them.
 *
 * The one function below stands in for napi_module_register in the copy of the library that Node loads
 * (xtask/src/ohos/musl_node.rs renames the import). Node keeps the pointer it is given for as long as it
 * lives, and the library passes a pointer to its constructor's stack, which ArkTS's engine copies from at once.
 * Without a registration, Node looks for napi_register_module_v1 instead, which the library exports as well.
 */
void pushseal_no_register(void *module)
{
    (void)module;
}

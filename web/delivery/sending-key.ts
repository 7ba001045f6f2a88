export const sendingKey = ['sending']
export const reputationSettingsKey = ['reputation-settings']
